import { systemClock } from '../lib/clock.ts';
import { buildHandlers } from '../scripts/build.ts';
import { readContract } from '../scripts/target-contract.ts';
import { startApi } from './api.ts';
import { createChangeNotices, deadLettersIn } from './change-notices.ts';
import { createFunctions, dispatchEnvironments, type Functions, warmUp } from './functions.ts';
import type { LocalMeasurement, MetricsRegistry } from './metrics/metrics-registry.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import type { Shutdown } from './shutdown.ts';
import { startConsumers } from './start-consumers.ts';
import type { LocalStack, Location } from './start-stack.ts';

/** Starts the pipeline's own parts, from its end to its beginning, so that each finds the part that it feeds. */
export async function startParts(
  options: PipelineOptions,
  { paths, ports }: Omit<Location, 'dataDir'>,
  { emulators, target, stores, settings }: LocalStack,
  metrics: MetricsRegistry,
  shutdown: Shutdown,
) {
  const tell = options.onNotice ?? (() => undefined);
  const changes = createChangeNotices(tell, systemClock);
  shutdown.add('notices of changes', async () => changes.stop());
  metrics.onChange((measurements) => changes.deadLettered(deadLettersIn(measurements)));
  const { kinesisUrl, s3Url } = emulators;
  const aws = { kinesisUrl, s3Url };
  const recoverMinutes =
    options.recoverSeconds === undefined
      ? settings.recover_schedule_minutes
      : options.recoverSeconds / 60;
  const functions = createFunctions({
    bundles: await bundlesOf(options.targetContract, paths.bundles),
    settings,
    paths,
    aws,
    ingestAws: (await options.ingestEndpoints?.(aws)) ?? aws,
    ingestEnvironments: options.ingestEnvironments,
    isAwsLike: options.isAwsLike,
    timestreamUrl: emulators.timestreamUrl,
    dynamoDbUrl: emulators.dynamoDbUrl,
    targetUrl: target.graphqlUrl,
    secretsManagerUrl: emulators.secretsManagerUrl,
    hasTargetCredential: options.targetCredentialFile !== undefined,
    otlpUrl: options.otlpUrl,
    hasOtlpHeaders: options.otlpHeadersFile !== undefined,
    recoverMinutes,
    onWarning: tell,
    onMetrics: (line) => metrics.takeLine(line),
  });
  shutdown.add('functions', () => stopFunctions(functions));
  const { mayRecover, isAwsLike } = options;
  await warmUp(functions, {
    ingest: options.ingestEnvironments,
    dispatch: dispatchEnvironments(settings, isAwsLike),
  });

  const { delivery, dispatch, log } = await startConsumers(
    {
      ...{ functions, stores, settings, paths, ports, tell, changes, recoverMinutes, mayRecover },
      ...{ isAwsLike, exportsSpans: options.otlpUrl !== undefined },
    },
    shutdown,
  );

  const api = await startApi({
    ...{ functions, settings, port: ports.api, host: options.host, tell },
    onAccepted: (ms) => metrics.take(acceptedIn(ms)),
  });
  shutdown.add('api', () => api.close());
  return {
    urls: { api: api.url, lambda: dispatch.lambdaUrl },
    delivery,
    log,
    lanes: () => functions.dispatch.running(),
    notices: dispatch.notices,
  };
}

function acceptedIn(ms: number): LocalMeasurement[] {
  return [
    { metric: 'Accepted', value: 1 },
    { metric: 'AcceptTime', value: ms },
  ];
}

async function bundlesOf(contractDir: string | undefined, ownFolder: string) {
  if (contractDir === undefined) return buildHandlers();
  return buildHandlers(ownFolder, undefined, await readContract(contractDir));
}

async function stopFunctions(functions: Functions): Promise<void> {
  await Promise.all(Object.values(functions).map((local) => local.stop()));
}

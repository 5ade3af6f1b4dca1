import { createLog, type Log } from '../lib/log.ts';
import { buildHandlers } from '../scripts/build.ts';
import { readContract } from '../scripts/target-contract.ts';
import { startApi } from './api.ts';
import { createArchiveDelivery } from './archive-delivery.ts';
import { createFunctions, type Functions, warmUp } from './functions.ts';
import { openLogFile } from './log-file.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { createProjectMapping, stopProjection } from './project-mapping.ts';
import { createRecoverTrigger } from './recover-trigger.ts';
import type { Shutdown } from './shutdown.ts';
import { startDispatch } from './start-dispatch.ts';
import type { Places, World } from './start-world.ts';

/** Starts the pipeline itself, from its end to its beginning: what is fed is there before what feeds it. */
export async function startParts(
  options: PipelineOptions,
  { paths, ports }: Omit<Places, 'dataDir'>,
  { emulators, target, stores, settings }: World,
  shutdown: Shutdown,
) {
  const tell = options.onNotice ?? (() => undefined);
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
    timestreamUrl: emulators.timestreamUrl,
    targetUrl: target.graphqlUrl,
    secretsManagerUrl: emulators.secretsManagerUrl,
    hasTargetCredential: options.targetCredentialFile !== undefined,
    lanes: settings.shard_count * settings.dispatch_parallelization_factor,
    projectLanes: settings.shard_count * settings.project_parallelization_factor,
    recoverMinutes,
    onWarning: tell,
  });
  shutdown.add('functions', () => stopFunctions(functions));
  await warmUp(functions, options.ingestEnvironments);

  const fed = await startFeeding(
    {
      ...{ functions, stores, settings, paths, ports, tell },
      ...{ recoverMinutes, mayRecover: options.mayRecover },
    },
    shutdown,
  );

  const api = await startApi({ functions, settings, port: ports.api, host: options.host, tell });
  shutdown.add('api', () => api.close());
  return {
    urls: { api: api.url, lambda: fed.dispatch.lambdaUrl },
    functions,
    delivery: fed.delivery,
    mapping: fed.dispatch.mapping,
    notices: fed.dispatch.notices,
  };
}

async function bundlesOf(contractDir: string | undefined, ownFolder: string) {
  if (contractDir === undefined) return buildHandlers();
  return buildHandlers(ownFolder, undefined, await readContract(contractDir));
}

interface Feeding extends Pick<World, 'stores' | 'settings'>, Omit<Places, 'dataDir'> {
  functions: Functions;
  tell: (line: string) => void;
  recoverMinutes: number;
  mayRecover: (() => boolean) | undefined;
}

/** Starts what reads the journal and the spill bucket, and brings it to the functions and the archive. */
async function startFeeding(feedingOptions: Feeding, shutdown: Shutdown) {
  const { functions, stores, settings, paths, ports, tell } = feedingOptions;
  const { recoverMinutes, mayRecover } = feedingOptions;
  const log = fileLog(paths.log('pipeline'), tell);
  const { waitingReader, sparingReader, archive, failures, spill, spilled } = stores;
  const feeding = { reader: waitingReader, settings, log };
  const delivery = createArchiveDelivery({
    ...feeding,
    reader: sparingReader,
    objects: archive,
    checkpointsPath: paths.archiveCheckpoints,
  });
  await delivery.start();
  shutdown.add('archive delivery', () => delivery.stop());

  const { project } = functions;
  const projection = createProjectMapping({
    ...feeding,
    project,
    checkpointsPath: paths.projectCheckpoints,
  });
  await projection.start();
  shutdown.add('project mapping', () => stopProjection(projection, project));

  const dispatch = await startDispatch({
    ...feeding,
    functions,
    failures,
    paths,
    port: ports.lambda,
  });
  shutdown.add('dispatch', () => dispatch.stop(tell));

  const recovery = createRecoverTrigger({
    spill,
    spilled,
    invoke: functions.recover.invoke,
    scheduleMinutes: recoverMinutes,
    log,
    mayRecover,
  });
  recovery.start();
  shutdown.add('recover trigger', () => recovery.stop());
  return { delivery, dispatch };
}

async function stopFunctions(functions: Functions): Promise<void> {
  await Promise.all(Object.values(functions).map((local) => local.stop()));
}

function fileLog(path: string, tell: (line: string) => void): Log {
  const file = openLogFile(path, tell);
  return createLog('pipeline', (line) => file.write(`${line}\n`));
}

import { type PipelineSettings, readPipelineSettings } from '../lib/settings.ts';
import { SETTINGS_FILE } from '../scripts/settings-file.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type Emulators, startEmulators } from './emulators/start-emulators.ts';
import type { Paths } from './layout.ts';
import {
  acceptLocalKey,
  keepSecret,
  otlpHeadersFile,
  readSecretFile,
  targetCredentialFile,
} from './local-secrets.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import type { Ports } from './ports.ts';
import type { Shutdown } from './shutdown.ts';
import { openStores, type Stores } from './stores.ts';
import { startTarget, type TargetInUse } from './target-process.ts';

/** Folder and ports of a run. */
export interface Location {
  dataDir: string;
  paths: Paths;
  ports: Ports;
}

/** The AWS services and the target, in which the pipeline runs. */
export interface LocalStack {
  emulators: Emulators;
  target: TargetInUse;
  stores: Stores;
  settings: PipelineSettings;
}

/** Starts the AWS emulators and the target, beside each other. */
export async function startStack(
  options: PipelineOptions,
  { dataDir, paths, ports }: Location,
  shutdown: Shutdown,
): Promise<LocalStack> {
  const shared = await readPipelineSettings(options.settingsFile ?? SETTINGS_FILE);
  const wanted = effectiveSettings(shared, options);
  const { onNotice: tell = () => undefined } = options;
  const secrets = await readSecretFiles(options);
  const [emulators, target] = await settleAll([
    startEmulators({
      kinesisPort: ports.kinesis,
      s3Port: ports.s3,
      secretsManagerPort: ports.secretsManager,
      timestreamPort: ports.timestream,
      dynamoDbPort: ports.dynamoDb,
      dataDir,
      isAwsLike: options.isAwsLike,
    }).then((started) => {
      shutdown.add('emulators', started.stop);
      return started;
    }),
    startTarget(options, wanted, ports, paths.targetDatabase, shutdown),
  ]);
  const stores = await openStores(emulators, wanted);
  await acceptLocalKey(emulators.secretsManagerUrl, options.apiKey);
  const { secretsManagerUrl } = emulators;
  for (const { file, text } of secrets) {
    const release = await keepSecret(file, { text, secretsManagerUrl, tell });
    shutdown.add(file.flag, async () => release());
  }
  return {
    emulators,
    target,
    stores,
    settings: effectiveSettings(shared, options, stores.openShards),
  };
}

function readSecretFiles({
  targetCredentialFile: credential,
  otlpHeadersFile: headers,
}: PipelineOptions) {
  const files = [
    ...(credential === undefined ? [] : [targetCredentialFile(credential)]),
    ...(headers === undefined ? [] : [otlpHeadersFile(headers)]),
  ];
  return Promise.all(files.map(async (file) => ({ file, text: await readSecretFile(file) })));
}

/** Waits for all, so that what did start can be stopped when another did not. */
async function settleAll<First, Second>(
  starts: [Promise<First>, Promise<Second>],
): Promise<[First, Second]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

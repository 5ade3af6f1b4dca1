import { type PipelineSettings, readPipelineSettings } from '../lib/settings.ts';
import { SETTINGS_FILE } from '../scripts/settings-file.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type Emulators, startEmulators } from './emulators/start-emulators.ts';
import type { Ports, pathsOf } from './layout.ts';
import { acceptLocalKey } from './local-key.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import type { Shutdown } from './shutdown.ts';
import { openStores, type Stores } from './stores.ts';
import {
  followCredentialFile,
  putTargetCredential,
  readCredentialFile,
} from './target-credential.ts';
import { startTarget, type TargetInUse } from './target-process.ts';

/** Where it runs. */
export interface Places {
  dataDir: string;
  paths: ReturnType<typeof pathsOf>;
  ports: Ports;
}

/** What the pipeline is put into. */
export interface World {
  emulators: Emulators;
  target: TargetInUse;
  stores: Stores;
  settings: PipelineSettings;
}

/** Starts AWS and the target, beside each other. */
export async function startWorld(
  options: PipelineOptions,
  { dataDir, paths, ports }: Places,
  shutdown: Shutdown,
): Promise<World> {
  const shared = await readPipelineSettings(options.settingsFile ?? SETTINGS_FILE);
  const wanted = effectiveSettings(shared, options);
  const { targetCredentialFile: file } = options;
  const credential =
    file === undefined ? undefined : { file, text: await readCredentialFile(file) };
  const [emulators, target] = await settleAll([
    startEmulators({
      kinesisPort: ports.kinesis,
      s3Port: ports.s3,
      secretsManagerPort: ports.secretsManager,
      timestreamPort: ports.timestream,
      dataDir,
    }).then((started) => {
      shutdown.add('emulators', started.stop);
      return started;
    }),
    startTarget(options, wanted, ports, paths.targetDatabase, shutdown),
  ]);
  const stores = await openStores(emulators, wanted);
  await acceptLocalKey(emulators.secretsManagerUrl, options.apiKey);
  if (credential) await keepCredential(credential, emulators.secretsManagerUrl, options, shutdown);
  return {
    emulators,
    target,
    stores,
    settings: effectiveSettings(shared, options, stores.openShards),
  };
}

/** Puts the target's credential where dispatch reads it, now and when its file changes. */
async function keepCredential(
  { file, text }: { file: string; text: string },
  secretsManagerUrl: string,
  { onNotice }: Pick<PipelineOptions, 'onNotice'>,
  shutdown: Shutdown,
): Promise<void> {
  const put = (changed: string) => putTargetCredential(secretsManagerUrl, changed);
  await put(text);
  const tell = onNotice ?? (() => undefined);
  const unfollow = followCredentialFile({ path: file, put, tell });
  shutdown.add('target credential', async () => unfollow());
}

/** Waits for all, so that what did start can be stopped when another did not. */
async function settleAll<First, Second>(
  starts: [Promise<First>, Promise<Second>],
): Promise<[First, Second]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

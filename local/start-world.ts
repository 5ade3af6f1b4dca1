import { type PipelineSettings, readPipelineSettings } from '../lib/settings.ts';
import { SETTINGS_FILE } from '../scripts/settings-file.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type Emulators, startEmulators } from './emulators/start-emulators.ts';
import type { Ports, pathsOf } from './layout.ts';
import { acceptLocalKey } from './local-key.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import type { Shutdown } from './shutdown.ts';
import { openStores, type Stores } from './stores.ts';
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
  return {
    emulators,
    target,
    stores,
    settings: effectiveSettings(shared, options, stores.openShards),
  };
}

/** Waits for all, so that what did start can be stopped when another did not. */
async function settleAll<First, Second>(
  starts: [Promise<First>, Promise<Second>],
): Promise<[First, Second]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createLog, type Log } from '../../lib/log.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { StreamReader } from '../../lib/ports.ts';
import { type PipelineSettings, readPipelineSettings } from '../../lib/settings.ts';
import { buildHandlers } from '../build.ts';
import { type Endpoints, endpointsPath } from '../endpoints.ts';
import { SETTINGS_FILE } from '../settings-file.ts';
import { startApi } from './api.ts';
import { createArchiveDelivery } from './archive-delivery.ts';
import type { DeliveryStream } from './delivery-stream/delivery-stream.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type Emulators, startEmulators } from './emulators/start-emulators.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { requireFreePorts } from './free-ports.ts';
import { createFunctions, type Functions, warmUp } from './functions.ts';
import { IDENTITY, NAMES, type Ports, pathsOf, portsFrom } from './layout.ts';
import { acceptLocalKey } from './local-key.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { createProjectMapping, stopProjection } from './project-mapping.ts';
import { createRecoverTrigger } from './recover-trigger.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startDispatch } from './start-dispatch.ts';
import { openStores, type Stores } from './stores.ts';
import { startTarget, type TargetInUse } from './target-process.ts';

/** The whole pipeline, running on this machine. */
export interface RunningPipeline {
  endpoints: Endpoints;
  settings: PipelineSettings;
  /** What a person should know about this start; usually nothing. */
  notices: string[];
  emulators: Emulators;
  functions: Functions;
  mapping: EventSourceMapping;
  delivery: DeliveryStream;
  /** Reads the journal. */
  reader: StreamReader;
  archive: ObjectStore;
  failures: ObjectStore;
  spill: ObjectStore;
  /** Resolves with what happened when a part of the pipeline ends by itself, which none should. */
  broken: Promise<string>;
  /** Finishes the requests and the batch in hand, flushes the archive, ends every process. */
  stop(): Promise<void>;
}

/** Starts everything, or nothing: rejects with one clear line when a part cannot start. */
export async function startPipeline(options: PipelineOptions): Promise<RunningPipeline> {
  const shutdown = createShutdown();
  try {
    return await start(options, shutdown);
  } catch (error) {
    await shutdown.run().catch(() => undefined);
    throw error;
  }
}

async function start(options: PipelineOptions, shutdown: Shutdown): Promise<RunningPipeline> {
  const dataDir = resolve(options.dataDir);
  const paths = pathsOf(dataDir);
  const ports = portsFrom(options.basePort);
  await requireFreePorts(ports);
  await prepareFolder(dataDir, paths.logs);
  const world = await startWorld(options, { dataDir, paths, ports }, shutdown);
  const parts = await startParts(options, { paths, ports }, world, shutdown);
  const { emulators, target, stores, settings } = world;

  const endpoints = endpointsOf(parts.urls, world, options.apiKey, dataDir);
  await writeFile(endpointsPath(dataDir), `${JSON.stringify(endpoints, null, 2)}\n`);
  shutdown.add('endpoints', () => rm(endpointsPath(dataDir), { force: true }));
  const { reader, archive, failures, spill } = stores;
  const { functions, mapping, delivery } = parts;
  return {
    endpoints,
    settings,
    notices: [...parts.notices, ...shardNotice(options.shards, stores.openShards)],
    emulators,
    functions,
    mapping,
    delivery,
    reader,
    archive,
    failures,
    spill,
    broken: Promise.race([
      emulators.exited.then(({ stderr }) => `The AWS emulators ended: ${stderr || 'killed'}`),
      target.exited.then((reason) => `The target application ended: ${reason}`),
    ]),
    stop: () => shutdown.run(),
  };
}

interface Places {
  dataDir: string;
  paths: ReturnType<typeof pathsOf>;
  ports: Ports;
}

/** What the pipeline is put into. */
interface World {
  emulators: Emulators;
  target: TargetInUse;
  stores: Stores;
  settings: PipelineSettings;
}

/** Starts AWS and the target, beside each other. */
async function startWorld(
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

/** Starts the pipeline itself, from its end to its beginning: what is fed is there before what feeds it. */
async function startParts(
  options: PipelineOptions,
  { paths, ports }: Omit<Places, 'dataDir'>,
  { emulators, target, stores, settings }: World,
  shutdown: Shutdown,
) {
  const tell = options.onNotice ?? (() => undefined);
  const log = fileLog(paths.log('pipeline'));
  const { kinesisUrl, s3Url } = emulators;
  const aws = { kinesisUrl, s3Url };
  const functions = createFunctions({
    bundles: await buildHandlers(),
    settings,
    paths,
    aws,
    ingestAws: (await options.ingestEndpoints?.(aws)) ?? aws,
    ingestEnvironments: options.ingestEnvironments,
    timestreamUrl: emulators.timestreamUrl,
    targetUrl: target.graphqlUrl,
    secretsManagerUrl: emulators.secretsManagerUrl,
    lanes: settings.shard_count * settings.dispatch_parallelization_factor,
    projectLanes: settings.shard_count * settings.project_parallelization_factor,
    onWarning: tell,
  });
  shutdown.add('functions', () => stopFunctions(functions));
  await warmUp(functions, options.ingestEnvironments);

  const { reader, archive, failures, spill } = stores;
  const feeding = { reader, settings, log };
  const delivery = createArchiveDelivery({
    ...feeding,
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
    invoke: functions.recover.invoke,
    scheduleMinutes: settings.recover_schedule_minutes,
    log,
  });
  recovery.start();
  shutdown.add('recover trigger', () => recovery.stop());

  const api = await startApi(functions, settings, ports.api);
  shutdown.add('api', () => api.close());
  return {
    urls: { api: api.url, lambda: dispatch.lambdaUrl },
    functions,
    delivery,
    mapping: dispatch.mapping,
    notices: dispatch.notices,
  };
}

function endpointsOf(
  urls: { api: string; lambda: string },
  { emulators, target, settings }: World,
  apiKey: string,
  dataDir: string,
): Endpoints {
  return {
    ready: true,
    ...urls,
    target: target.url,
    kinesis: emulators.kinesisUrl,
    s3: emulators.s3Url,
    secretsManager: emulators.secretsManagerUrl,
    stream: NAMES.stream,
    archiveBucket: NAMES.archiveBucket,
    failuresBucket: NAMES.failuresBucket,
    spillBucket: NAMES.spillBucket,
    apiKeysSecret: NAMES.apiKeysSecret,
    timestream: emulators.timestreamUrl,
    statusDatabase: NAMES.statusDatabase,
    statusTable: NAMES.statusTable,
    dispatchFunctionName: NAMES.dispatchFunction,
    dispatchMappingUuid: NAMES.mappingUuid,
    archiveBufferSeconds: settings.archive_buffer_seconds,
    apiKey,
    region: IDENTITY.region,
    dataDir,
  };
}

async function stopFunctions(functions: Functions): Promise<void> {
  await Promise.all(Object.values(functions).map((local) => local.stop()));
}

async function prepareFolder(dataDir: string, logs: string): Promise<void> {
  try {
    await mkdir(logs, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} cannot be written: ${(error as Error).message}`);
  }
}

/** Waits for all, so that what did start can be stopped when another did not. */
async function settleAll<First, Second>(
  starts: [Promise<First>, Promise<Second>],
): Promise<[First, Second]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

function fileLog(path: string): Log {
  const file = createWriteStream(path, { flags: 'a' });
  return createLog('pipeline', (line) => file.write(`${line}\n`));
}

function shardNotice(wanted: number | undefined, openShards: number): string[] {
  if (wanted === undefined || wanted === openShards) return [];
  return [`The stream exists already and has ${openShards} open shards, not ${wanted}.`];
}

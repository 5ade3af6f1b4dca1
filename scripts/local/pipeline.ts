import { createWriteStream } from 'node:fs';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ensureBucket } from '../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../lib/aws/ensure-stream.ts';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { createKinesisStreamReader } from '../../lib/aws/kinesis-stream-reader.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../lib/clock.ts';
import { hashApiKey } from '../../lib/ingest/api-key.ts';
import { createLog, type Log } from '../../lib/log.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { StreamReader } from '../../lib/ports.ts';
import { type PipelineSettings, readPipelineSettings } from '../../lib/settings.ts';
import { buildHandlers } from '../build.ts';
import { type Endpoints, endpointsPath } from '../endpoints.ts';
import { startApi } from './api.ts';
import { createArchiveDelivery } from './archive-delivery.ts';
import type { DeliveryStream } from './delivery-stream/delivery-stream.ts';
import { createDispatchMapping } from './dispatch-mapping.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type Emulators, startEmulators } from './emulators/start-emulators.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';
import { requireFreePorts } from './free-ports.ts';
import { createFunctions, type Functions, warmUp } from './functions.ts';
import { IDENTITY, NAMES, type Ports, pathsOf, portsFrom } from './layout.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startTargetProcess } from './target-process.ts';

const SETTINGS_FILE = join(import.meta.dirname, '../../terraform/pipeline.auto.tfvars.json');

/** How long a stop waits for the batch in hand. */
const BATCH_PATIENCE_MS = 20_000;

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
  const tell = options.onNotice ?? (() => undefined);
  const dataDir = resolve(options.dataDir);
  const paths = pathsOf(dataDir);
  const ports = portsFrom(options.basePort);
  await requireFreePorts(ports);
  const shared = await readPipelineSettings(SETTINGS_FILE);
  const [bundles] = await Promise.all([buildHandlers(), prepareFolder(dataDir, paths.logs)]);

  const wanted = effectiveSettings(shared, options);
  const [emulators, target] = await settleAll([
    startEmulators({ kinesisPort: ports.kinesis, s3Port: ports.s3, dataDir }).then((started) => {
      shutdown.add('emulators', started.stop);
      return started;
    }),
    startTarget(options, wanted, ports, paths.targetDatabase, shutdown),
  ]);
  const stores = await openStores(emulators, wanted);
  const settings = effectiveSettings(shared, options, stores.openShards);
  const log = fileLog(paths.log('pipeline'));

  const functions = createFunctions({
    bundles,
    settings,
    paths,
    kinesisUrl: emulators.kinesisUrl,
    targetUrl: target.graphqlUrl,
    apiKeyHashes: JSON.stringify({ local: hashApiKey(options.apiKey) }),
    lanes: settings.shard_count * settings.dispatch_parallelization_factor,
    onWarning: tell,
  });
  shutdown.add('functions', async () => {
    await Promise.all(Object.values(functions).map((local) => local.stop()));
  });
  await warmUp(functions);

  const { reader, archive, failures } = stores;
  const delivery = createArchiveDelivery({
    reader,
    objects: archive,
    checkpointsPath: paths.archiveCheckpoints,
    settings,
    log,
  });
  await delivery.start();
  shutdown.add('archive delivery', () => delivery.stop());

  const mapping = createDispatchMapping({
    reader,
    dispatch: functions.dispatch,
    failures,
    checkpointsPath: paths.dispatchCheckpoints,
    settings,
    log,
  });
  await mapping.start();
  shutdown.add('dispatch mapping', () => stopMapping(mapping, functions, tell));

  const api = await startApi(functions, settings, ports.api);
  shutdown.add('api', () => api.close());

  const endpoints: Endpoints = {
    ready: true,
    api: api.url,
    target: target.url,
    kinesis: emulators.kinesisUrl,
    s3: emulators.s3Url,
    stream: NAMES.stream,
    archiveBucket: NAMES.archiveBucket,
    failuresBucket: NAMES.failuresBucket,
    apiKey: options.apiKey,
    region: IDENTITY.region,
    dataDir,
  };
  await writeFile(endpointsPath(dataDir), `${JSON.stringify(endpoints, null, 2)}\n`);
  shutdown.add('endpoints', () => rm(endpointsPath(dataDir), { force: true }));

  return {
    endpoints,
    settings,
    notices: shardNotice(options.shards, stores.openShards),
    emulators,
    functions,
    mapping,
    delivery,
    reader,
    archive,
    failures,
    broken: Promise.race([
      emulators.exited.then(({ stderr }) => `The AWS emulators ended: ${stderr || 'killed'}`),
      target.exited.then((reason) => `The target application ended: ${reason}`),
    ]),
    stop: () => shutdown.run(),
  };
}

/**
 * Lets the batch in hand finish, which a healthy target allows within seconds. A sick one holds it until the function's
 * deadline: then its environment is ended like a crashed one, and the next start delivers the batch again.
 */
async function stopMapping(
  mapping: EventSourceMapping,
  { dispatch }: Functions,
  tell: (line: string) => void,
): Promise<void> {
  const impatience = setTimeout(() => {
    tell('The target does not take the batch in hand; the next start delivers the rest of it.');
    dispatch.kill();
  }, BATCH_PATIENCE_MS);
  await mapping.stop();
  clearTimeout(impatience);
}

async function prepareFolder(dataDir: string, logs: string): Promise<void> {
  try {
    await mkdir(logs, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} cannot be written: ${(error as Error).message}`);
  }
}

interface TargetInUse {
  url: string;
  graphqlUrl: string;
  exited: Promise<string>;
}

async function startTarget(
  options: PipelineOptions,
  settings: PipelineSettings,
  ports: Ports,
  database: string,
  shutdown: Shutdown,
): Promise<TargetInUse> {
  if (options.targetUrl) {
    const external = options.targetUrl;
    return { url: external, graphqlUrl: external, exited: new Promise(() => undefined) };
  }
  const target = await startTargetProcess({
    port: ports.target,
    database,
    limit: settings.target_rate_per_second,
    flags: options.targetFlags,
  });
  shutdown.add('target', target.stop);
  const { url } = target.ready;
  const exited = target.exited.then(({ stderr }) => stderr || 'killed');
  return { url, graphqlUrl: `${url}/graphql`, exited };
}

/** Waits for all, so that what did start can be stopped when another did not. */
async function settleAll<First, Second>(
  starts: [Promise<First>, Promise<Second>],
): Promise<[First, Second]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

interface Stores {
  reader: StreamReader;
  archive: ObjectStore;
  failures: ObjectStore;
  openShards: number;
}

/** Makes the stream and the buckets where they are missing. */
async function openStores(emulators: Emulators, settings: PipelineSettings): Promise<Stores> {
  const kinesis = createKinesisClient({ endpoint: emulators.kinesisUrl, identity: IDENTITY });
  const s3 = createS3Client({ endpoint: emulators.s3Url, identity: IDENTITY });
  const stream = {
    name: NAMES.stream,
    shardCount: settings.shard_count,
    retentionHours: settings.stream_retention_hours,
  };
  const [{ openShards }] = await Promise.all([
    ensureStream(kinesis, stream, systemClock),
    ensureBucket(s3, NAMES.archiveBucket),
    ensureBucket(s3, NAMES.failuresBucket),
  ]);
  return {
    reader: createKinesisStreamReader({ client: kinesis, streamName: NAMES.stream }),
    archive: createS3ObjectStore({ client: s3, bucket: NAMES.archiveBucket }),
    failures: createS3ObjectStore({ client: s3, bucket: NAMES.failuresBucket }),
    openShards,
  };
}

function fileLog(path: string): Log {
  const file = createWriteStream(path, { flags: 'a' });
  return createLog('pipeline', (line) => file.write(`${line}\n`));
}

function shardNotice(wanted: number | undefined, openShards: number): string[] {
  if (wanted === undefined || wanted === openShards) return [];
  return [`The stream exists already and has ${openShards} open shards, not ${wanted}.`];
}

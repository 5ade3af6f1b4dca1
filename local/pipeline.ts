import { existsSync } from 'node:fs';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { type Endpoints, endpointsPath } from '../scripts/endpoints.ts';
import { startConsole } from './console.ts';
import type { DeliveryStream } from './delivery-stream/delivery-stream.ts';
import { IDENTITY, NAMES, pathsOf } from './layout.ts';
import { MetricsRegistry } from './metrics/metrics-registry.ts';
import { metricsRoute } from './metrics/metrics-route.ts';
import { startMetrics } from './metrics/start-metrics.ts';
import { DEFAULT_API_KEY, type PipelineOptions } from './pipeline-options.ts';
import { portsFrom, requireFreePorts } from './ports.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startParts } from './start-parts.ts';
import { type LocalStack, startStack } from './start-stack.ts';

/** The whole pipeline, running on this machine. */
export interface RunningPipeline {
  endpoints: Endpoints;
  settings: PipelineSettings;
  /** Lines that a person should know about this start; usually none. */
  notices: string[];
  delivery: DeliveryStream;
  /** Reads the journal. */
  reader: StreamReader;
  archive: ObjectStore;
  spill: ObjectStore;
  /** Resolves with the reason when a part of the pipeline ends by itself, which none should. */
  broken: Promise<string>;
  /** Finishes the requests and the batch in hand, flushes the archive, ends every process. */
  stop(): Promise<void>;
}

/**
 * Starts the whole pipeline on this machine: the deployed bundles of the functions, between stand-ins for the parts of AWS that Terraform
 * creates around them, and the target application. The folders beside this file stand for one part of AWS each; the files stand for
 * what Terraform configures. IAM, alarms and the dashboard are left out.
 *
 * Starts everything, or nothing: rejects with one clear line when a part cannot start.
 */
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
  await requireFreePorts(ports, options.host);
  await prepareFolder(dataDir, paths.logs);
  const wasReadBefore = existsSync(paths.dispatchCheckpoints);
  const stack = await startStack(options, { dataDir, paths, ports }, shutdown);
  const metrics = new MetricsRegistry();
  const parts = await startParts(options, { paths, ports }, stack, metrics, shutdown);
  const { emulators, target, stores, settings } = stack;
  const refresh = startMetrics(metrics, stack, parts, shutdown);

  const page = await startConsole({
    dataDir,
    port: ports.console,
    routes: [metricsRoute(metrics, refresh)],
  });
  shutdown.add('console', () => page.close());
  const urls = { ...parts.urls, console: page.url, metrics: `${page.url}/metrics` };
  const endpoints = endpointsOf(urls, stack, options.apiKey, dataDir);
  await writePrivately(endpointsPath(dataDir), `${JSON.stringify(endpoints, null, 2)}\n`);
  shutdown.add('endpoints', () => rm(endpointsPath(dataDir), { force: true }));
  const { reader, archive, spill } = stores;
  return {
    endpoints,
    settings,
    notices: [
      ...parts.notices,
      ...shardNotice(options.shards, stores.openShards),
      ...(stores.isNewJournal && wasReadBefore ? [JOURNAL_GONE] : []),
      ...hostNotice(options),
    ],
    delivery: parts.delivery,
    reader,
    archive,
    spill,
    broken: Promise.race([
      emulators.exited.then(({ stderr }) => `The AWS emulators ended: ${stderr || 'killed'}`),
      target.exited.then((reason) => `The target application ended: ${reason}`),
    ]),
    stop: () => shutdown.run(),
  };
}

function endpointsOf(
  urls: Pick<Endpoints, 'api' | 'lambda' | 'console' | 'metrics'>,
  { emulators, target, settings }: LocalStack,
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
    dynamoDb: emulators.dynamoDbUrl,
    dispatchTable: NAMES.dispatchTable,
    statusTable: settings.status_table === 'off' ? null : NAMES.statusTable,
    dispatchFunctionName: NAMES.dispatchFunction,
    dispatchMappingUuid: NAMES.mappingUuid,
    archiveBufferSeconds: settings.archive_buffer_seconds,
    apiKey,
    region: IDENTITY.region,
    dataDir,
  };
}

/** It holds the API key. */
async function writePrivately(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600 });
}

async function prepareFolder(dataDir: string, logs: string): Promise<void> {
  if (['kinesis', 'dynamodb'].some((folder) => existsSync(join(dataDir, folder))))
    throw new Error(
      `The data folder ${dataDir} is of an earlier version, whose files cannot be read: remove it, or name another with --data-dir`,
    );
  try {
    await mkdir(logs, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} cannot be written: ${(error as Error).message}`);
  }
}

function shardNotice(wanted: number | undefined, openShards: number): string[] {
  if (wanted === undefined || wanted === openShards) return [];
  return [`The stream exists already and has ${openShards} open shards, not ${wanted}.`];
}

const LOOPBACK = /^(127\.|::1$|localhost$)/;

function hostNotice({ host, apiKey }: PipelineOptions): string[] {
  if (host === undefined || LOOPBACK.test(host)) return [];
  const known =
    apiKey === DEFAULT_API_KEY
      ? ' Its key is the default, which is public: choose another with --api-key.'
      : '';
  return [
    `The API listens on ${host} without encryption. Anyone who can reach this machine and has the key can send events.${known}`,
  ];
}

const JOURNAL_GONE =
  'The journal of this data folder is missing, so a new one was made. Events that the old one held may not have been delivered: npm run audit -- --acked FILE lists them, and npm run replay sends those that are in the archive.';

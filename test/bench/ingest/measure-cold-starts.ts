import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { percentile } from '../../../lib/percentile.ts';
import { createFunction } from '../../../local/lambda/function.ts';
import { buildHandlers, type FunctionName, linesOfBundles } from '../../../scripts/build.ts';
import { startJournal } from './journal-on-emulator.ts';
import { requestOf } from './requests.ts';

const STARTS = 15;

const NOWHERE = 'http://127.0.0.1:1';

/** A function's first answer, and a handler beside it that only has the same SDK clients and makes the same first call. */
interface ColdStart {
  name: FunctionName;
  bare: string;
  event: unknown;
  environment?: Record<string, string>;
}

const CLIENTS = `
import { NodeHttpHandler } from '@smithy/node-http-handler';
const to = (endpoint) => ({ endpoint, requestHandler: new NodeHttpHandler({}) });`;
const KINESIS = `
import { KinesisClient, ListShardsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
const kinesis = new KinesisClient(to(process.env.KINESIS_ENDPOINT));`;
const S3 = `
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
export const s3 = [new S3Client(to(process.env.S3_ENDPOINT)), PutObjectCommand];`;
const SECRETS = `
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
const secrets = new SecretsManagerClient({ ...to(process.env.SECRETS_MANAGER_ENDPOINT), maxAttempts: 1 });`;
const DYNAMODB = `
import { BatchWriteItemCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
export const dynamoDb = [new DynamoDBClient(to(process.env.DYNAMODB_ENDPOINT)), BatchWriteItemCommand, QueryCommand];`;

const COLD_STARTS: ColdStart[] = [
  {
    name: 'ingest',
    bare: `${CLIENTS}${KINESIS}${S3}
export const handler = async ({ body }) => kinesis.send(new PutRecordCommand({
  StreamName: process.env.STREAM_NAME, PartitionKey: 'bare', Data: Buffer.from(body),
}));`,
    event: requestOf(),
  },
  {
    name: 'authorize',
    bare: `${CLIENTS}${SECRETS}
await secrets.send(new GetSecretValueCommand({ SecretId: 'keys' })).catch(() => undefined);
export const handler = async () => ({ isAuthorized: false });`,
    event: { headers: {} },
    environment: { API_KEYS_SECRET_ID: 'keys', SECRETS_MANAGER_ENDPOINT: NOWHERE },
  },
  {
    name: 'recover',
    bare: `${CLIENTS}${KINESIS}${S3}
export const handler = async () => [kinesis.config.maxAttempts, PutRecordCommand.name];`,
    event: { Records: [] },
  },
  {
    name: 'dispatch',
    bare: `${CLIENTS}${KINESIS}${SECRETS}
export const handler = async () => {
  await kinesis.send(new ListShardsCommand({ StreamName: process.env.STREAM_NAME }));
  return [secrets.config.maxAttempts, GetSecretValueCommand.name, PutRecordCommand.name];
};`,
    event: { Records: [] },
    environment: {
      ...{ BRAND: 'bench', TARGET_URL: NOWHERE, TARGET_RATE_PER_SECOND: '100' },
      ...{ DISPATCH_TABLE: 't', DYNAMODB_ENDPOINT: NOWHERE },
      SECRETS_MANAGER_ENDPOINT: NOWHERE,
    },
  },
  {
    name: 'project',
    bare: `${CLIENTS}${DYNAMODB}
export const handler = async () => ({ batchItemFailures: [] });`,
    event: { Records: [] },
    environment: { STATUS_TABLE: 't', DYNAMODB_ENDPOINT: NOWHERE },
  },
  {
    name: 'status',
    bare: `${CLIENTS}${DYNAMODB}
export const handler = async () => ({ statusCode: 422 });`,
    event: { rawQueryString: '' },
    environment: { STATUS_TABLE: 't', DYNAMODB_ENDPOINT: NOWHERE },
  },
];

/** From the start of the process to the first answer, beside a handler that only has the same SDK clients; in turns. */
export async function measureColdStarts(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-cold-'));
  const journal = await startJournal();
  try {
    const bundles = await buildHandlers();
    console.log(`\n${linesOfBundles(bundles).join('\n')}`);
    console.log(
      `\nProcess start to first answer, medians of ${STARTS}, beside the same SDK clients alone`,
    );
    for (const start of COLD_STARTS) {
      const own = bundles.find(({ name }) => name === start.name)?.path ?? '';
      const bare = await bundleOf(start.bare, folder);
      console.log(await rowOf(start, { own, bare }, journal.environment));
    }
  } finally {
    await journal.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function rowOf(
  { name, event, environment = {} }: ColdStart,
  paths: { own: string; bare: string },
  journal: Record<string, string>,
): Promise<string> {
  const times = { bare: [] as number[], own: [] as number[] };
  for (let start = 0; start < STARTS; start++)
    for (const which of ['bare', 'own'] as const) {
      const started = { name, bundle: paths[which], environment: { ...journal, ...environment } };
      times[which].push(await coldStartMs(started, event));
    }
  const [bareMs, ownMs] = [percentile(times.bare, 0.5), percentile(times.own, 0.5)];
  const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(8);
  return `${name.padEnd(10)} ${ms(ownMs)} ${ms(bareMs)} ${(ownMs / bareMs).toFixed(2).padStart(7)} ×`;
}

/** Bundled as the handlers are. */
async function bundleOf(source: string, folder: string): Promise<string> {
  const entry = join(import.meta.dirname, `bare-handler-${process.pid}.mjs`);
  await writeFile(entry, source);
  try {
    const [bundle] = await buildHandlers(folder, { bare: entry });
    return bundle?.path ?? '';
  } finally {
    await rm(entry);
  }
}

async function coldStartMs(
  started: { name: string; bundle: string; environment: Record<string, string> },
  event: unknown,
): Promise<number> {
  const fn = createFunction({
    ...{ ...started, timeoutMs: 30_000, memoryMb: 512, maxEnvironments: 1 },
  });
  const startedMs = performance.now();
  const result = await fn.invoke(event);
  const tookMs = performance.now() - startedMs;
  await fn.stop();
  const refused = result.ok && ((result.value as { statusCode?: number }).statusCode ?? 0) >= 400;
  if (!result.ok || refused) throw new Error(`${started.name} gave ${JSON.stringify(result)}`);
  return tookMs;
}

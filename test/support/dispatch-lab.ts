import { join } from 'node:path';
import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { ensureBucket } from '../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../lib/aws/ensure-stream.ts';
import { ensureDispatchTable } from '../../lib/aws/ensure-table.ts';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../../lib/aws/kinesis-journal.ts';
import { createKinesisStreamReader } from '../../lib/aws/kinesis-stream-reader.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ReceivedFact } from '../../lib/event/fact.ts';
import { createLog } from '../../lib/log.ts';
import { startEmulators } from '../../local/emulators/start-emulators.ts';
import { createEventSourceMapping } from '../../local/event-source-mapping/event-source-mapping.ts';
import type { MappingEvent } from '../../local/event-source-mapping/mapping-event.ts';
import { dispatchEnvironments } from '../../local/functions.ts';
import { createFunction } from '../../local/lambda/function.ts';
import { IDENTITY, NAMES, STREAM_ARN } from '../../local/layout.ts';
import { startTargetProcess } from '../../local/target-process.ts';
import { readTargetStats } from '../../scripts/demo/target-client.ts';
import { createMemoryCheckpointStore } from './memory-checkpoint-store.ts';

type Invoked = Extract<MappingEvent, { type: 'invoked' }>;

interface DispatchLabOptions {
  folder: string;
  /** The dispatch function's bundle. */
  bundle: string;
  batchSize: number;
  maximumRetryAttempts: number;
  ratePerSecond: number;
  targetFlags?: string[];
  shards?: number;
  /** With two environments more than lanes. */
  isAwsLike?: boolean;
  /** Holds the target's credential. */
  credentialSecretId?: string;
}

interface FailedRecord {
  partitionKey: string;
  data: string;
}

/** Journal, event source mapping, dispatch function and target, without the rest of the pipeline: a place to break dispatch in. */
export async function startDispatchLab(options: DispatchLabOptions) {
  const { folder, bundle, ratePerSecond, shards = 1, isAwsLike = false } = options;
  const emulators = await startEmulators({
    kinesisPort: 0,
    s3Port: 0,
    dataDir: join(folder, 'aws'),
    isAwsLike,
  });
  const target = await startTargetProcess({
    port: 0,
    database: ':memory:',
    limit: ratePerSecond,
    flags: options.targetFlags ?? [],
  });
  const kinesis = createKinesisClient({ endpoint: emulators.kinesisUrl, identity: IDENTITY });
  const s3 = createS3Client({ endpoint: emulators.s3Url, identity: IDENTITY });
  const dynamoDb = createDynamoDbClient({ endpoint: emulators.dynamoDbUrl, identity: IDENTITY });
  const stream = { name: NAMES.stream, shardCount: shards };
  await Promise.all([
    ensureStream(kinesis, stream, systemClock),
    ensureBucket(s3, NAMES.failuresBucket),
    ensureBucket(s3, NAMES.spillBucket),
    ensureDispatchTable(dynamoDb, NAMES.dispatchTable, systemClock),
  ]);
  const failures = createS3ObjectStore({ client: s3, bucket: NAMES.failuresBucket });
  const log = createLog('lab', { level: 'SILENT' });
  const journal = createKinesisJournal({
    client: kinesis,
    streamName: NAMES.stream,
    clock: systemClock,
    log,
  });
  const reader = createKinesisStreamReader({ client: kinesis, streamName: NAMES.stream });

  const lanes = { shard_count: shards, dispatch_parallelization_factor: 1 };
  const environments = dispatchEnvironments(lanes, isAwsLike);
  const dispatch = createFunction({
    name: 'orchestrator-dispatch',
    bundle,
    timeoutMs: 60_000,
    memoryMb: 512,
    maxEnvironments: environments,
    isAwsLike,
    environment: {
      STREAM_NAME: NAMES.stream,
      KINESIS_ENDPOINT: emulators.kinesisUrl,
      SPILL_BUCKET: NAMES.spillBucket,
      S3_ENDPOINT: emulators.s3Url,
      DISPATCH_TABLE: NAMES.dispatchTable,
      DYNAMODB_ENDPOINT: emulators.dynamoDbUrl,
      BRAND: 'lab',
      TARGET_URL: `${target.ready.url}/graphql`,
      TARGET_RATE_PER_SECOND: String(ratePerSecond),
      BATCH_SIZE: String(options.batchSize),
      SECRETS_MANAGER_ENDPOINT: emulators.secretsManagerUrl,
      ...(options.credentialSecretId
        ? { TARGET_CREDENTIAL_SECRET_ID: options.credentialSecretId }
        : {}),
    },
    logFile: join(folder, 'dispatch.log'),
  });
  const invocations: Invoked[] = [];
  const mapping = createEventSourceMapping({
    settings: {
      uuid: NAMES.mappingUuid,
      streamArn: STREAM_ARN,
      functionArn: dispatch.functionArn,
      region: IDENTITY.region,
      batchSize: options.batchSize,
      batchingWindowMs: 0,
      parallelizationFactor: 1,
      maximumRetryAttempts: options.maximumRetryAttempts,
      maximumRecordAgeSeconds: -1,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      startingPosition: { type: 'TRIM_HORIZON' },
      ...(isAwsLike ? { pollIntervalMs: 1000 } : {}),
      filterPatterns: [JSON.stringify({ data: { type: ['received'] } })],
    },
    reader,
    invoke: dispatch.invoke,
    destination: {
      putObject: (key, body) => failures.put(key, body, { contentType: 'application/json' }),
    },
    checkpoints: createMemoryCheckpointStore(),
    clock: systemClock,
    onEvent: (event) => {
      if (event.type === 'invoked') invocations.push(event);
    },
  });

  return {
    invocations,
    environments,
    dispatch,
    reader,
    factOf,
    start: () => mapping.start(),
    append: async (ids: string[]) => {
      const left = await journal.appendAll(ids.map(factOf));
      if (left.length > 0) throw new Error(`${left.length} facts were not appended`);
    },
    targetStats: () => readTargetStats(target.ready.url),
    targetUrl: target.ready.url,
    secretsManagerUrl: emulators.secretsManagerUrl,
    failures: () => readFailures(failures),
    async stop() {
      dispatch.kill();
      await mapping.stop();
      await dispatch.stop();
      await target.stop();
      kinesis.destroy();
      await emulators.stop();
    },
  };
}

/** A received fact that is the same each time. */
function factOf(id: string): ReceivedFact {
  return {
    v: 1,
    type: 'received',
    eventId: id,
    at: '2026-01-01T00:00:00.000Z',
    traceId: 'c'.repeat(32),
    payload: { id, name: 'chaos', body: 'event', timestamp: 1_767_225_600 },
  };
}

async function readFailures(store: ReturnType<typeof createS3ObjectStore>) {
  const found: { key: string; records: FailedRecord[] }[] = [];
  for await (const { key } of store.list('')) {
    const body = JSON.parse(Buffer.from((await store.get(key)) ?? '').toString());
    const payload = typeof body.payload === 'string' ? JSON.parse(body.payload) : body.payload;
    found.push({
      key,
      records: payload.Records.map((record: { kinesis: FailedRecord }) => record.kinesis),
    });
  }
  return found;
}

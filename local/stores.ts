import { createDynamoDbClient } from '../lib/aws/dynamodb-client.ts';
import { ensureBucket } from '../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../lib/aws/ensure-stream.ts';
import { ensureDispatchTable, ensureEventsTable } from '../lib/aws/ensure-table.ts';
import { ensureTimestreamTable } from '../lib/aws/ensure-timestream-table.ts';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisStreamReader } from '../lib/aws/kinesis-stream-reader.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../lib/aws/s3-object-store.ts';
import { createTimestreamWriteClient } from '../lib/aws/timestream-write-client.ts';
import { systemClock } from '../lib/clock.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import type { Bell } from './bell.ts';
import type { Emulators } from './emulators/start-emulators.ts';
import { IDENTITY, NAMES } from './layout.ts';
import { createSparingReader } from './sparing-reader.ts';

/** The journal, to be read, and the buckets. */
export interface Stores {
  reader: StreamReader;
  /** The same for a reader that may wait: it reads again after an append. */
  waitingReader: StreamReader;
  /** The same for a reader that must not wait: without an append it gets an empty page. */
  sparingReader: StreamReader;
  /** Makes both read again: the announcement of the last append may still be on its way. */
  readAgain(): void;
  archive: ObjectStore;
  failures: ObjectStore;
  spill: ObjectStore;
  /** Rings when an object is written into the spill bucket. */
  spilled: Bell;
  openShards: number;
  /** The journal was made by this start. */
  isNewJournal: boolean;
}

const TIMESTREAM_TABLE = {
  database: NAMES.timestreamDatabase,
  table: NAMES.timestreamTable,
  memoryHours: 24,
  magneticDays: 365,
};

/** Opens the stream, the buckets and the tables, and makes those that are missing. */
export async function openStores(
  emulators: Emulators,
  settings: PipelineSettings,
): Promise<Stores> {
  const kinesis = createKinesisClient({ endpoint: emulators.kinesisUrl, identity: IDENTITY });
  const s3 = createS3Client({ endpoint: emulators.s3Url, identity: IDENTITY });
  const timestream = createTimestreamWriteClient({
    endpoint: emulators.timestreamUrl,
    identity: IDENTITY,
  });
  const dynamoDb = createDynamoDbClient({ endpoint: emulators.dynamoDbUrl, identity: IDENTITY });
  const stream = {
    name: NAMES.stream,
    shardCount: settings.shard_count,
    retentionHours: settings.stream_retention_hours,
  };
  const [{ created, openShards }] = await Promise.all([
    ensureStream(kinesis, stream, systemClock),
    ensureBucket(s3, NAMES.archiveBucket),
    ensureBucket(s3, NAMES.failuresBucket),
    ensureBucket(s3, NAMES.spillBucket),
    settings.timestream_enabled && ensureTimestreamTable(timestream, TIMESTREAM_TABLE),
    ensureDispatchTable(dynamoDb, NAMES.dispatchTable, systemClock),
    ensureEventsTable(dynamoDb, NAMES.statusTable, systemClock),
  ]);
  dynamoDb.destroy();
  const reader = createKinesisStreamReader({ client: kinesis, streamName: NAMES.stream });
  const spare = (waits: boolean) =>
    createSparingReader(reader, emulators.appends, { clock: systemClock, waits });
  return {
    reader,
    waitingReader: spare(true),
    sparingReader: spare(false),
    readAgain: () => emulators.appends.ring(),
    archive: createS3ObjectStore({ client: s3, bucket: NAMES.archiveBucket }),
    failures: createS3ObjectStore({ client: s3, bucket: NAMES.failuresBucket }),
    spill: createS3ObjectStore({ client: s3, bucket: NAMES.spillBucket }),
    spilled: emulators.storedIn(NAMES.spillBucket),
    openShards,
    isNewJournal: created,
  };
}

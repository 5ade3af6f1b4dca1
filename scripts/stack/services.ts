import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { createDynamoDbDispatchPositions } from '../../lib/aws/dynamodb-dispatch-positions.ts';
import { createDynamoDbKnownReceipts } from '../../lib/aws/dynamodb-known-receipts.ts';
import { createDynamoDbRunLock } from '../../lib/aws/dynamodb-run-lock.ts';
import { createDynamoDbScheduleReader } from '../../lib/aws/dynamodb-start-schedule.ts';
import { createDynamoDbStatusTable } from '../../lib/aws/dynamodb-status-table.ts';
import type { AwsIdentity } from '../../lib/aws/identity.ts';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../../lib/aws/kinesis-journal.ts';
import { createKinesisStreamReader } from '../../lib/aws/kinesis-stream-reader.ts';
import { createLambdaClient } from '../../lib/aws/lambda-client.ts';
import { createLambdaDispatchControl } from '../../lib/aws/lambda-dispatch-control.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { createS3ObjectVersions } from '../../lib/aws/s3-object-versions.ts';
import { createTimestreamStatusWriter } from '../../lib/aws/timestream-status-writer.ts';
import { createTimestreamWriteClient } from '../../lib/aws/timestream-write-client.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Stack } from './stack.ts';

interface ServiceNames {
  identity: AwsIdentity;
  /** Of an emulator each; absent on AWS. */
  endpoints?: { kinesis: string; s3: string; lambda: string; timestream: string; dynamoDb: string };
  streamName: string;
  archiveBucket: string;
  failuresBucket: string;
  spillBucket: string | undefined;
  mappingUuid: string;
  functionName: string;
  /** Holds the positions of dispatch, and the lock of replays. */
  dispatchTable: string;
  /** Absent where there is none. */
  statusTable: { tableName: string; days: number } | undefined;
  /** Absent where nothing is written to it. */
  timestream: { database: string; table: string } | undefined;
}

/** Retries are what a person who waits need not read of; a command tells what was not appended at its end. */
export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A command may run far from the table. */
const FOR_PEOPLE = { attemptTimeoutMs: 5000, maxConnections: 8 };

/** The services of a pipeline, through the same SDK wherever they are. */
export function openServices(
  names: ServiceNames,
): Pick<Stack, 'archive' | 'versions' | 'failures' | 'spill' | 'status' | 'live' | 'close'> {
  const { identity, endpoints, streamName, mappingUuid, functionName } = names;
  const at = (endpoint: string | undefined) => ({ ...(endpoint ? { endpoint } : {}), identity });
  const kinesis = createKinesisClient(at(endpoints?.kinesis));
  const s3 = createS3Client(at(endpoints?.s3));
  const lambda = createLambdaClient(at(endpoints?.lambda));
  const timestream = createTimestreamWriteClient(at(endpoints?.timestream));
  const dynamoDb = createDynamoDbClient({ ...at(endpoints?.dynamoDb), ...FOR_PEOPLE });
  const table = { client: dynamoDb, tableName: names.dispatchTable };
  const statusTable =
    names.statusTable &&
    createDynamoDbStatusTable({ client: dynamoDb, clock, log: quiet, ...names.statusTable });
  const bucket = (name: string) => createS3ObjectStore({ client: s3, bucket: name });
  return {
    archive: bucket(names.archiveBucket),
    // The S3 emulator knows no versions.
    versions: endpoints
      ? undefined
      : createS3ObjectVersions({ client: s3, bucket: names.archiveBucket }),
    failures: bucket(names.failuresBucket),
    spill: names.spillBucket === undefined ? undefined : bucket(names.spillBucket),
    status: statusTable,
    live: {
      reader: createKinesisStreamReader({ client: kinesis, streamName }),
      journal: createKinesisJournal({ client: kinesis, streamName, clock, log: quiet }),
      positions: createDynamoDbDispatchPositions(table),
      schedule: createDynamoDbScheduleReader(table),
      replayLock: createDynamoDbRunLock({ ...table, id: 'lock#replay' }),
      dispatch: createLambdaDispatchControl({ client: lambda, mappingUuid, functionName, clock }),
      statusTable,
      receipts:
        names.statusTable &&
        createDynamoDbKnownReceipts({ client: dynamoDb, ...names.statusTable }),
      timestream:
        names.timestream &&
        createTimestreamStatusWriter({
          client: timestream,
          clock,
          log: quiet,
          ...names.timestream,
        }),
    },
    close() {
      for (const client of [kinesis, s3, lambda, timestream, dynamoDb]) client.destroy();
    },
  };
}

import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createDynamoDbClient } from '../lib/aws/dynamodb-client.ts';
import { createDynamoDbStatusTable } from '../lib/aws/dynamodb-status-table.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { createTimestreamStatusWriter } from '../lib/aws/timestream-status-writer.ts';
import { createTimestreamWriteClient } from '../lib/aws/timestream-write-client.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { parseConfig, projectConfig } from '../lib/config.ts';
import { batchOf, batchResponse } from '../lib/kinesis-batch.ts';
import { createLog } from '../lib/log.ts';
import { projectBatch } from '../lib/status/project-batch.ts';
import { createConfiguredExport } from '../lib/traces/configured-export.ts';

/** Kept free at the end of an invocation: a call that starts last must have time to time out. */
const RESERVE_MS = 7000;

const config = parseConfig(projectConfig, process.env);
const log = createLog('project', { level: config.LOG_LEVEL });
const status = config.STATUS_TABLE
  ? {
      keeps: config.STATUS_KEEPS,
      table: createDynamoDbStatusTable({
        client: createDynamoDbClient({ endpoint: config.DYNAMODB_ENDPOINT, maxConnections: 8 }),
        tableName: config.STATUS_TABLE,
        days: config.STATUS_DAYS,
        clock,
        log,
      }),
    }
  : undefined;
const timestream = config.TIMESTREAM_TABLE
  ? createTimestreamStatusWriter({
      client: createTimestreamWriteClient({ endpoint: config.TIMESTREAM_ENDPOINT }),
      database: config.TIMESTREAM_DATABASE,
      table: config.TIMESTREAM_TABLE,
      clock,
      log,
    })
  : undefined;

const exportSpans = createConfiguredExport(config, {
  readHeaders: readerOf(config.OTLP_HEADERS_SECRET_ID),
  // Only the local run sets an endpoint, and its region is invented.
  region: config.SECRETS_MANAGER_ENDPOINT === undefined ? process.env.AWS_REGION : undefined,
  clock,
  log,
});

function readerOf(secretId: string | undefined) {
  if (secretId === undefined) return undefined;
  const client = createSecretsManagerClient({ endpoint: config.SECRETS_MANAGER_ENDPOINT });
  return createSecretReader(client, secretId);
}

/** Writes one batch of the journal's facts to the status table, and exports their spans; what was not written is reported to be delivered again. */
export const handler = log.of(
  middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(
    async (event, context: Context) => {
      const batch = batchOf(event);
      const untilMs = clock.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
      const report = await projectBatch(
        batch,
        { status, timestream, exportSpans, clock, log },
        untilMs,
      );
      log.info('batch', { shardId: batch.shardId, ...report });
      return batchResponse(report);
    },
  ),
);

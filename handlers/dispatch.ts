import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createDynamoDbClient } from '../lib/aws/dynamodb-client.ts';
import { createDynamoDbSendNotes } from '../lib/aws/dynamodb-send-notes.ts';
import { createDynamoDbStartSchedule } from '../lib/aws/dynamodb-start-schedule.ts';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../lib/aws/kinesis-journal.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3ParkingStore } from '../lib/aws/s3-parking-store.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { dispatchConfig, parseConfig } from '../lib/config.ts';
import { createCallLimiter } from '../lib/dispatch/call-limiter.ts';
import { deliverBatch, timeBudget } from '../lib/dispatch/deliver-batch.ts';
import { dispatchSettings, type Lane } from '../lib/dispatch/lane.ts';
import { Pacer } from '../lib/dispatch/pacer.ts';
import { RateControl } from '../lib/dispatch/rate-control.ts';
import { RetryBudget } from '../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../lib/dispatch/target-health.ts';
import { batchOf, batchResponse } from '../lib/kinesis-batch.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics/emf-metrics.ts';
import { createConfiguredTarget } from '../lib/target/configured-target.ts';
import type { ContractFiles } from '../lib/target/contract.ts';
import { createTargetCredential } from '../lib/target/credential.ts';

/** The target contract, which the build puts into the bundle. */
declare const TARGET_CONTRACT: ContractFiles;

const config = parseConfig(dispatchConfig, process.env);
const log = createLog('dispatch', { level: config.LOG_LEVEL });
const metrics = createMetrics('dispatch', config.METRICS_NAMESPACE);
const stream = { streamName: config.STREAM_NAME, clock, log };
// One attempt a call: the journal has its own rounds, which send only what failed.
const kinesis = createKinesisClient({
  endpoint: config.KINESIS_ENDPOINT,
  attemptTimeoutMs: 2000,
  maxAttempts: 1,
});
// One attempt a call: the parking store makes its own two.
const s3 = createS3Client({
  endpoint: config.S3_ENDPOINT,
  attemptTimeoutMs: 1500,
  maxAttempts: 1,
});
// One attempt a call: a second one would book twice.
const dynamoDb = createDynamoDbClient({
  endpoint: config.DYNAMODB_ENDPOINT,
  attemptTimeoutMs: 1000,
  maxAttempts: 1,
});
const table = { client: dynamoDb, tableName: config.DISPATCH_TABLE };
const schedule = createDynamoDbStartSchedule(table);
await schedule.connect();
const rate = new RateControl(config.TARGET_RATE_PER_SECOND);

// What an environment keeps from one batch to the next is an advantage, never a condition: the next may be of any lane.
const lane: Lane = {
  target: createConfiguredTarget(config, {
    contract: TARGET_CONTRACT,
    credential: openCredential(config.TARGET_CREDENTIAL_SECRET_ID),
    clock,
    log,
  }),
  journal: createKinesisJournal({ client: kinesis, ...stream }),
  parking: createS3ParkingStore({ client: s3, bucket: config.SPILL_BUCKET, clock, log }),
  pacer: new Pacer({
    schedule,
    clock,
    log,
    ratePerSecond: config.TARGET_RATE_PER_SECOND,
    clockSkewMs: config.CLOCK_SKEW_MS,
    onState: ({ learned }) => rate.adopt(learned),
  }),
  limiter: createCallLimiter(config.MAX_IN_FLIGHT_PER_INVOCATION),
  rate,
  health: new TargetHealth(),
  budget: new RetryBudget(),
  notes: createDynamoDbSendNotes(table),
  memory: new SettledMemory(),
  clock,
  random: Math.random,
  log,
  settings: dispatchSettings(config),
};

function openCredential(secretId: string | undefined) {
  if (secretId === undefined) return undefined;
  const client = createSecretsManagerClient({ endpoint: config.SECRETS_MANAGER_ENDPOINT });
  const read = createSecretReader(client, secretId);
  const ttlMs = config.TARGET_CREDENTIAL_TTL_SECONDS * 1000;
  return createTargetCredential({ secretId, read, ttlMs, clock, log });
}

/** Delivers one batch of the journal; what is unsettled at the end is reported to be delivered again. */
export const handler = log.of(
  middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(
    async (event, context: Context) => {
      const batch = batchOf(event);
      const remainingMs = context.getRemainingTimeInMillis();
      const budget = timeBudget(clock.now(), remainingMs, config.TARGET_TIMEOUT_MS);
      const report = await deliverBatch(batch, lane, budget);
      const { measurements, ...counts } = report;
      log.info('batch', { shardId: batch.shardId, ...counts });
      metrics.emit(measurements, { targetHealth: report.targetHealth });
      return batchResponse(report);
    },
  ),
);

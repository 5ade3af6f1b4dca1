import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../lib/aws/kinesis-journal.ts';
import { createLaneShares } from '../lib/aws/kinesis-lane-shares.ts';
import { createKinesisStreamReader } from '../lib/aws/kinesis-stream-reader.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3ParkingStore } from '../lib/aws/s3-parking-store.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { dispatchConfig, parseConfig } from '../lib/config.ts';
import { CrashSuspicion } from '../lib/dispatch/crash-suspicion.ts';
import { deliverBatch, timeBudget } from '../lib/dispatch/deliver-batch.ts';
import { dispatchSettings, type Lane } from '../lib/dispatch/lane.ts';
import { createPacer } from '../lib/dispatch/pacer.ts';
import { RateControl } from '../lib/dispatch/rate-control.ts';
import { RetryBudget } from '../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../lib/dispatch/target-health.ts';
import { batchOf, batchResponse } from '../lib/kinesis-batch.ts';
import { createLog } from '../lib/log.ts';
import { createConfiguredTarget } from '../lib/target/configured-target.ts';
import type { ContractFiles } from '../lib/target/contract.ts';
import { createTargetCredential } from '../lib/target/credential.ts';

/** The target contract, which the build puts into the bundle. */
declare const TARGET_CONTRACT: ContractFiles;

const config = parseConfig(dispatchConfig, process.env);
const log = createLog('dispatch');
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
const shares = createLaneShares({
  reader: createKinesisStreamReader({ client: kinesis, streamName: config.STREAM_NAME }),
  parallelizationFactor: config.PARALLELIZATION_FACTOR,
  clock,
  log,
});

// One environment serves one lane at a time, and keeps what it learnt for the next batch.
const lane: Lane = {
  target: createConfiguredTarget(config, {
    contract: TARGET_CONTRACT,
    credential: openCredential(config.TARGET_CREDENTIAL_SECRET_ID),
    clock,
    log,
  }),
  journal: createKinesisJournal({ client: kinesis, ...stream }),
  parking: createS3ParkingStore({ client: s3, bucket: config.SPILL_BUCKET, clock, log }),
  pacer: createPacer(config.TARGET_RATE_PER_SECOND, clock),
  rate: new RateControl(config.TARGET_RATE_PER_SECOND),
  health: new TargetHealth(),
  budget: new RetryBudget(),
  suspicion: new CrashSuspicion(config.BATCH_SIZE),
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
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(
  async (event, context: Context) => {
    const batch = batchOf(event);
    const { lanes, phase } = await shares.of(batch.shardId);
    const ratePerSecond = config.TARGET_RATE_PER_SECOND / lanes;
    lane.rate.configure(ratePerSecond);
    lane.pacer.setTurn(phase === undefined ? undefined : { phase, ratePerSecond });
    const remainingMs = context.getRemainingTimeInMillis();
    const budget = timeBudget(clock.now(), remainingMs, config.TARGET_TIMEOUT_MS);
    const report = await deliverBatch(batch, lane, budget);
    log.info('batch', { shardId: batch.shardId, ...report });
    return batchResponse(report);
  },
);

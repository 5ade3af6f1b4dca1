import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../lib/aws/kinesis-journal.ts';
import { createLaneShares } from '../lib/aws/kinesis-lane-shares.ts';
import { createKinesisStreamReader } from '../lib/aws/kinesis-stream-reader.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { dispatchConfig, parseConfig } from '../lib/config.ts';
import { Circuit } from '../lib/dispatch/circuit.ts';
import { CrashSuspicion } from '../lib/dispatch/crash-suspicion.ts';
import { deliverBatch } from '../lib/dispatch/deliver-batch.ts';
import { createGraphQlTarget } from '../lib/dispatch/graphql-target.ts';
import type { Lane } from '../lib/dispatch/lane.ts';
import { createPacer } from '../lib/dispatch/pacer.ts';
import { RateControl } from '../lib/dispatch/rate-control.ts';
import { dispatchSettings } from '../lib/dispatch/settings.ts';
import { SettledMemory } from '../lib/dispatch/settled-memory.ts';
import {
  createTargetCredential,
  parseTargetCredential,
} from '../lib/dispatch/target-credential.ts';
import { timeBudget } from '../lib/dispatch/time-budget.ts';
import { batchOf, batchResponse } from '../lib/kinesis-batch.ts';
import { createLog } from '../lib/log.ts';
import type { TargetCredential } from '../lib/ports.ts';
import { SecretCache } from '../lib/secret-cache.ts';

const config = parseConfig(dispatchConfig, process.env);
const log = createLog('dispatch');
const stream = { streamName: config.STREAM_NAME, clock, log };
// One attempt a call: the journal has its own rounds, which send only what failed.
const client = createKinesisClient({
  endpoint: config.KINESIS_ENDPOINT,
  attemptTimeoutMs: 2000,
  maxAttempts: 1,
});
const shares = createLaneShares({
  reader: createKinesisStreamReader({ client, streamName: config.STREAM_NAME }),
  parallelizationFactor: config.PARALLELIZATION_FACTOR,
  clock,
  log,
});

// One environment serves one lane at a time, and keeps what it learnt for the next batch.
const lane: Lane = {
  target: createGraphQlTarget({
    url: config.TARGET_URL,
    timeoutMs: config.TARGET_TIMEOUT_MS,
    credential: config.TARGET_CREDENTIAL_SECRET_ID
      ? openCredential(config.TARGET_CREDENTIAL_SECRET_ID)
      : undefined,
  }),
  journal: createKinesisJournal({ client, ...stream }),
  pacer: createPacer(config.TARGET_RATE_PER_SECOND, clock),
  rate: new RateControl(config.TARGET_RATE_PER_SECOND),
  circuit: new Circuit(),
  suspicion: new CrashSuspicion(config.BATCH_SIZE),
  memory: new SettledMemory(),
  clock,
  random: Math.random,
  log,
  settings: dispatchSettings(config),
};

function openCredential(secretId: string): TargetCredential {
  const secrets = createSecretsManagerClient({ endpoint: config.SECRETS_MANAGER_ENDPOINT });
  const read = createSecretReader(secrets, secretId);
  const ttlMs = config.TARGET_CREDENTIAL_TTL_SECONDS * 1000;
  // The target itself judges whether an old credential is still good.
  const times = { ttlMs, staleMs: Number.POSITIVE_INFINITY, waitMs: 2000, timeoutMs: 2000 };
  return createTargetCredential(
    new SecretCache({ secretId, read, parse: parseTargetCredential, times, clock, log }),
  );
}

/** Delivers one batch of the journal; what is unsettled at the end is reported to be delivered again. */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(
  async (event, context: Context) => {
    const batch = batchOf(event);
    const { lanes, phase } = await shares.of(batch.shardId);
    const ratePerSecond = config.TARGET_RATE_PER_SECOND / lanes;
    lane.rate.configure(ratePerSecond);
    lane.pacer.setTurn(phase === undefined ? undefined : { phase, ratePerSecond });
    const budget = timeBudget(clock.now(), context.getRemainingTimeInMillis(), config);
    const report = await deliverBatch(batch, lane, budget);
    log.info('batch', { shardId: batch.shardId, ...report });
    return batchResponse(report);
  },
);

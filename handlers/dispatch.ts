import middy from '@middy/core';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createKinesisJournal } from '../lib/aws/kinesis-journal.ts';
import { createKinesisLaneCounter } from '../lib/aws/kinesis-lane-counter.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { dispatchConfig, parseConfig } from '../lib/config.ts';
import { Circuit } from '../lib/dispatch/circuit.ts';
import { deliverBatch } from '../lib/dispatch/deliver-batch.ts';
import { createGraphQlTarget } from '../lib/dispatch/graphql-target.ts';
import { batchResponse, recordsOf, stopAtMs } from '../lib/dispatch/kinesis-batch.ts';
import type { Lane } from '../lib/dispatch/lane.ts';
import { createPacer } from '../lib/dispatch/pacer.ts';
import { dispatchSettings } from '../lib/dispatch/settings.ts';
import { SettledMemory } from '../lib/dispatch/settled-memory.ts';
import { createLog } from '../lib/log.ts';

const config = parseConfig(dispatchConfig, process.env);
const log = createLog('dispatch');
const stream = { streamName: config.STREAM_NAME, clock, log };
// One attempt a call: the journal has its own rounds, which send only what failed.
const client = createKinesisClient({
  endpoint: config.KINESIS_ENDPOINT,
  attemptTimeoutMs: 2000,
  maxAttempts: 1,
});
const lanes = createKinesisLaneCounter({
  client,
  parallelizationFactor: config.PARALLELIZATION_FACTOR,
  ...stream,
});

// One environment serves one lane at a time, and keeps what it learnt for the next batch.
const lane: Lane = {
  target: createGraphQlTarget({ url: config.TARGET_URL, timeoutMs: config.TARGET_TIMEOUT_MS }),
  journal: createKinesisJournal({ client, ...stream }),
  pacer: createPacer(config.TARGET_RATE_PER_SECOND, clock),
  circuit: new Circuit(),
  memory: new SettledMemory(),
  clock,
  random: Math.random,
  log,
  settings: dispatchSettings(config),
};

/** Delivers one batch of the journal; what is unsettled at the end is reported to be delivered again. */
export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>().handler(
  async (event, context: Context) => {
    lane.pacer.setRate(config.TARGET_RATE_PER_SECOND / (await lanes.count()));
    const deadline = stopAtMs(clock.now(), context.getRemainingTimeInMillis(), config);
    const report = await deliverBatch(recordsOf(event), lane, deadline);
    log.info('batch', { ...report });
    return batchResponse(report);
  },
);

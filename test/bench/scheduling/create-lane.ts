import { dispatchConfig, parseConfig } from '../../../lib/config.ts';
import { type BatchReport, deliverBatch, timeBudget } from '../../../lib/dispatch/deliver-batch.ts';
import { dispatchSettings, type Lane } from '../../../lib/dispatch/lane.ts';
import { Pacer } from '../../../lib/dispatch/pacer.ts';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';
import { RetryBudget } from '../../../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../../../lib/dispatch/target-health.ts';
import type { BatchInput } from '../../../lib/kinesis-batch.ts';
import { createLog } from '../../../lib/log.ts';
import type { SendNotes, StartSchedule } from '../../../lib/ports.ts';
import type { Environment } from './environment.ts';
import type { Services } from './services.ts';
import { batchSizeOf, type Setup } from './setup.ts';

export type DeliverOneBatch = (batch: BatchInput, remainingMs: number) => Promise<BatchReport>;

/** Latencies of requests to AWS, one way, in milliseconds. */
const KINESIS_MS = { min: 2.5, max: 6 };
const S3_MS = { min: 10, max: 25 };

/**
 * Builds the lane of one environment, as `handlers/dispatch.ts` does at its start, and returns what its handler does with a batch. All of
 * dispatch that runs in a simulation is composed here.
 */
export function createLane(env: Environment, services: Services): DeliverOneBatch {
  const { random, setup, stream, target } = services;
  const { clock } = env;
  const config = configOf(setup);
  const log = createLog('simulation', { level: 'SILENT' });
  const rate = new RateControl(config.TARGET_RATE_PER_SECOND);
  const oneWay = { min: setup.latencyMs, max: setup.latencyMs + setup.jitterMs };
  const lane: Lane = {
    target: target.connect((serve) => env.send(oneWay, serve)),
    journal: { appendAll: () => env.send(KINESIS_MS, () => []) },
    parking: {
      park: (fact, dueMs) => env.send(S3_MS, () => stream.appendAt(fact, dueMs)),
      noteBehind: async () => undefined,
    },
    pacer: new Pacer({
      schedule: scheduleOf(services, env),
      clock,
      log,
      ratePerSecond: config.TARGET_RATE_PER_SECOND,
      clockSkewMs: setup.skewMs,
      onState: ({ learned }) => rate.adopt(learned),
    }),
    limiter: { schedule: (call) => call() },
    rate,
    health: new TargetHealth(),
    budget: new RetryBudget(),
    memory: new SettledMemory(),
    notes: notesOf(services, env),
    clock,
    random,
    log,
    settings: dispatchSettings(config),
  };
  return async (batch, remainingMs) => {
    const budget = timeBudget(clock.now(), remainingMs, config.TARGET_TIMEOUT_MS);
    return deliverBatch(batch, lane, budget);
  };
}

/** The function's configuration: its defaults, and the batch size that a deployment would have. */
function configOf(setup: Setup) {
  return parseConfig(dispatchConfig, {
    STREAM_NAME: 'journal',
    SPILL_BUCKET: 'spill',
    DISPATCH_TABLE: 'dispatch',
    BRAND: 'brand',
    TARGET_URL: 'http://target.example/graphql',
    TARGET_RATE_PER_SECOND: String(setup.ratePerSecond),
    BATCH_SIZE: String(batchSizeOf(setup)),
  });
}

/** The in-memory schedule behind the store's latency and outages. */
function scheduleOf({ schedule }: Services, env: Environment): StartSchedule {
  return {
    book: (request) => schedule.request(env, (state) => state.bookNow(request)),
    tell: (news) => schedule.request(env, (state) => state.tellNow(news)),
  };
}

/** The notes in memory, behind the same store's latency and outages. */
function notesOf({ notes }: Services, env: Environment): SendNotes {
  return {
    exchange: (...changes) => notes.request(env, (state) => state.writeNow(...changes)),
    write: (...changes) =>
      notes.request(env, (state) => {
        state.writeNow(...changes);
      }),
  };
}

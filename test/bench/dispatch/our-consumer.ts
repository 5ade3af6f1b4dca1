import { systemClock as clock } from '../../../lib/clock.ts';
import { createCallLimiter } from '../../../lib/dispatch/call-limiter.ts';
import { deliverBatch } from '../../../lib/dispatch/deliver-batch.ts';
import type { Lane } from '../../../lib/dispatch/lane.ts';
import { Pacer } from '../../../lib/dispatch/pacer.ts';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';
import { RetryBudget } from '../../../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../../../lib/dispatch/target-health.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import { createLog } from '../../../lib/log.ts';
import type { Journal, ParkingStore } from '../../../lib/ports.ts';
import { batchSizeFor } from '../../../local/effective-settings.ts';
import { createDefaultTarget } from '../../support/default-target.ts';
import { InMemoryNotes } from '../../support/in-memory-notes.ts';
import { InMemorySchedule } from '../../support/in-memory-schedule.ts';

export interface ConsumerOptions {
  graphqlUrl: string;
  ratePerSecond: number;
  lanes: number;
  maxInFlight?: number;
}

/** Delivers every record; resolves when all are settled. */
export type Consumer = (backlog: BatchRecord[][], options: ConsumerOptions) => Promise<void>;

/** A request to DynamoDB within a region takes about this long. */
const SCHEDULE_MS = 6;

/** The function's timeout that batch sizes follow from. */
const TIMEOUT_SECONDS = 120;

/** A journal that takes everything at once: what is measured is dispatch. */
const journal: Journal = { appendAll: async () => [] };

/** A bucket that takes nothing: what would be parked stays in the batch, so that every event is delivered in the end. */
const parking: ParkingStore = {
  park: async () => {
    throw new Error('nothing is parked in a benchmark');
  },
  noteBehind: async () => undefined,
};

function createLane(options: ConsumerOptions, size: number, schedule: InMemorySchedule): Lane {
  const { ratePerSecond } = options;
  const log = createLog('bench', { level: 'SILENT' });
  const rate = new RateControl(ratePerSecond);
  return {
    target: createDefaultTarget(options.graphqlUrl, 'bench'),
    journal,
    parking,
    pacer: new Pacer({
      ...{ schedule, clock, log, ratePerSecond, clockSkewMs: 1 },
      onState: ({ learned }) => rate.adopt(learned),
    }),
    limiter: createCallLimiter(options.maxInFlight ?? 50),
    rate,
    health: new TargetHealth(),
    budget: new RetryBudget(),
    memory: new SettledMemory(),
    notes: new InMemoryNotes(),
    clock,
    random: Math.random,
    log,
    settings: {
      batchSize: size,
      maxInFlight: options.maxInFlight ?? 50,
      groups: { creations: 1, lookups: 50 },
      maxAttempts: 8,
      retryPauseMs: 50,
      throttlePauseMs: 1000,
      maxWaitMs: 60_000,
      targetTimeoutMs: 5000,
      parkingDelayMs: 60_000,
      stragglerMaxAgeMs: 72 * 3_600_000,
      onSystemicRejection: 'park',
    },
  };
}

/** The very dispatch of the Lambda function: a lane for each shard, batch after batch. */
export const ourConsumer: Consumer = async (backlog, options) => {
  const { ratePerSecond, lanes } = options;
  const size = batchSizeFor({ ratePerSecond, lanes, timeoutSeconds: TIMEOUT_SECONDS });
  const schedule = new InMemorySchedule(clock);
  schedule.latencyMs = SCHEDULE_MS;
  await Promise.all(
    backlog.map(async (records, index) => {
      const shardId = `shard-${index}`;
      const lane = createLane(options, size, schedule);
      for (let from = 0; from < records.length; ) {
        const batch = records.slice(from, from + size);
        const stopAtMs = clock.now() + (TIMEOUT_SECONDS - 10) * 1000;
        const budget = { stopAtMs, appendUntilMs: stopAtMs + 5000 };
        const report = await deliverBatch({ shardId, records: batch }, lane, budget);
        const left = batch.findIndex((record) => record.sequenceNumber === report.lowestUnsettled);
        from += left === -1 ? batch.length : left;
      }
    }),
  );
};

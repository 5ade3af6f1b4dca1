import { countSpilled } from '../../lib/console/count-objects.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { MetricName } from '../../lib/metrics/vocabulary.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { Clock, DispatchPositions, StreamReader } from '../../lib/ports.ts';
import { dueMsOf, PARKED_PREFIX } from '../../lib/recover/spill-key.ts';
import { readInFlight } from '../../lib/replay/in-flight.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Sources of the gauges of a local run. */
export interface GaugeSources {
  reader: StreamReader;
  positions: DispatchPositions;
  spill: Pick<ObjectStore, 'list'>;
  /** Arrival of the oldest fact that is not archived, in milliseconds since the epoch; `undefined` for none. */
  oldestUnarchivedMs: () => number | undefined;
  /** Lanes in which dispatch works now. */
  lanes: () => number;
  clock: Clock;
  log: Pick<Log, 'warn'>;
}

/** Counting a backlog ends after this time, so that a long one costs no more. */
const COUNT_FOR_MS = 1000;

/** Gauges are read again after this time at the earliest, and so that reading takes at most this share of the time. */
const FRESH_MS = 5000;
const MOST_SHARE = 0.04;

/**
 * Brings gauges up to date before they are read: those that no function emits, and those of the spill bucket, which `recover` emits only once in
 * a scheduled run. Nothing is read while no one asks.
 *
 * @returns resolves when the gauges are fresh; never rejects: what cannot be read is unknown, and logged
 */
export function createLocalGauges(registry: MetricsRegistry, sources: GaugeSources) {
  const { clock } = sources;
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const startedMs = clock.now();
    await Promise.all([
      set(['Backlog', 'BacklogAge'], () => readBacklog(sources)),
      set(['Parked', 'ParkedDue', 'NextDue', 'SpillLeft'], () => readSpill(sources)),
    ]);
    const oldestMs = sources.oldestUnarchivedMs();
    const ageMs = oldestMs === undefined ? 0 : Math.max(0, clock.now() - oldestMs);
    registry.take([
      { metric: 'ArchiveAge', value: ageMs / 1000 },
      { metric: 'Lanes', value: sources.lanes() },
    ]);
    const tookMs = clock.now() - startedMs;
    freshUntilMs = clock.now() + Math.max(FRESH_MS, tookMs / MOST_SHARE);
  }

  async function set(names: MetricName[], values: () => Promise<Values>): Promise<void> {
    const known = await values().catch((error: unknown) => {
      const warning = `${names.join(', ')} could not be read for /metrics, and are left out`;
      sources.log.warn(warning, { error: messageOf(error) });
      return {} as Values;
    });
    for (const metric of names) {
      const value = known[metric];
      if (value === undefined) registry.forget(metric);
      else registry.take([{ metric, value }]);
    }
  }

  return async (): Promise<void> => {
    if (clock.now() < freshUntilMs) return;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  };
}

type Values = Partial<Record<MetricName, number>>;

async function readBacklog({ reader, positions, clock }: GaugeSources): Promise<Values> {
  const untilMs = clock.now() + COUNT_FOR_MS;
  const { inFlight } = await readInFlight({ reader, positions, clock, untilMs });
  return { Backlog: inFlight.size, BacklogAge: inFlight.lagMs(clock.now()) / 1000 };
}

async function readSpill({ spill, clock }: GaugeSources): Promise<Values> {
  const nowMs = clock.now();
  const dueMs: number[] = [];
  for await (const { key } of spill.list(PARKED_PREFIX)) dueMs.push(dueMsOf(key) ?? 0);
  const { count: spilled } = await countSpilled(spill);
  const [firstMs] = dueMs;
  return {
    Parked: dueMs.length,
    ParkedDue: dueMs.filter((ms) => ms <= nowMs).length,
    ...(firstMs === undefined ? {} : { NextDue: Math.max(0, firstMs - nowMs) / 1000 }),
    SpillLeft: spilled,
  };
}

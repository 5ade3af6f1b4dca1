import { identityOf } from '../archive/entry.ts';
import type { Attempt, DeliveredFact, Fact } from '../event/fact.ts';
import { percentile } from '../percentile.ts';
import type {
  FlowCounts,
  FlowLatency,
  FlowSeries,
  SeriesName,
  TargetNumbers,
} from './flow-numbers.ts';
import { SERIES } from './flow-numbers.ts';
import { RecentIdentities } from './recent-identities.ts';
import { TargetSigns } from './target-signs.ts';

/** Length of the series. */
export const SERIES_SECONDS = 300;

/** A rate is the mean of so many whole seconds. */
const RATE_SECONDS = 5;

/** Facts are read up to a second after they happened: the last second is not whole. */
const LATE_SECONDS = 1;

/** Latencies of the newest deliveries that are remembered, and for how long. */
const LATENCIES = { most: 2000, withinMs: 60_000 };

/** Counts the facts of the journal, each once. Time arrives as data. */
export class FactMeter {
  readonly #known = new RecentIdentities();
  readonly #seconds = new Map<number, Record<SeriesName, number>>();
  readonly #shards = new Map<string, Map<number, { received: number; delivered: number }>>();
  readonly #signs = new TargetSigns();
  readonly #counts: FlowCounts = {
    ...{ received: 0, replayed: 0, delivered: 0, deferred: 0, deadLettered: 0, dismissed: 0 },
    ...{ deadLetteredByReason: {}, attempts: {} },
  };
  #latencies: { endedMs: number; ms: number }[] = [];

  /** Counts a fact that was not counted before. Returns false for a repetition. */
  take(fact: Fact, shardId: string): boolean {
    if (!this.#known.addNew(identityOf(fact))) return false;
    const second = Math.floor(Date.parse(fact.at) / 1000);
    switch (fact.type) {
      case 'received':
        this.#takeReceived(fact.deferral !== undefined, fact.replay !== undefined, second, shardId);
        break;
      case 'dismissed':
        this.#counts.dismissed += 1;
        break;
      case 'deadLettered': {
        const { deadLetteredByReason: byReason } = this.#counts;
        byReason[fact.reason] = (byReason[fact.reason] ?? 0) + 1;
        this.#takeEnd(fact, second);
        break;
      }
      case 'delivered':
        this.#shardSecond(shardId, second).delivered += 1;
        this.#takeLatency(fact);
        this.#takeEnd(fact, second);
        break;
      case 'deferred':
        this.#takeEnd(fact, second);
    }
    return true;
  }

  get counts(): FlowCounts {
    return this.#counts;
  }

  get target(): TargetNumbers {
    return this.#signs.numbers();
  }

  /** The counts of each of the last {@link SERIES_SECONDS} whole seconds. Forgets what is older. */
  series(nowMs: number): FlowSeries {
    const endSecond = Math.floor(nowMs / 1000);
    const fromSecond = endSecond - SERIES_SECONDS;
    this.#forget(fromSecond);
    const values = Object.fromEntries(
      SERIES.map((name) => [
        name,
        Array.from(
          { length: SERIES_SECONDS },
          (_, index) => this.#seconds.get(fromSecond + index)?.[name] ?? 0,
        ),
      ]),
    ) as Record<SeriesName, number[]>;
    return { fromSecond, values };
  }

  /** Means per second of a shard. */
  ofShard(shardId: string, nowMs: number): { received: number; delivered: number } {
    const seconds = this.#shards.get(shardId);
    const end = Math.floor(nowMs / 1000) - LATE_SECONDS;
    const sum = { received: 0, delivered: 0 };
    for (let second = end - RATE_SECONDS; second < end; second++) {
      sum.received += seconds?.get(second)?.received ?? 0;
      sum.delivered += seconds?.get(second)?.delivered ?? 0;
    }
    return { received: sum.received / RATE_SECONDS, delivered: sum.delivered / RATE_SECONDS };
  }

  latency(nowMs: number): FlowLatency | null {
    this.#latencies = this.#latencies.filter(
      ({ endedMs }) => nowMs - endedMs <= LATENCIES.withinMs,
    );
    const ms = this.#latencies.map((latency) => latency.ms);
    if (ms.length === 0) return null;
    return { p50: percentile(ms, 0.5), p99: percentile(ms, 0.99), events: ms.length };
  }

  #takeReceived(isReturned: boolean, isReplayed: boolean, second: number, shardId: string): void {
    // A parked event returns with the time of its first receipt.
    if (isReturned) return;
    this.#counts[isReplayed ? 'replayed' : 'received'] += 1;
    this.#second(second).received += 1;
    this.#shardSecond(shardId, second).received += 1;
  }

  #takeEnd(fact: Exclude<Fact, { type: 'received' | 'dismissed' }>, second: number): void {
    this.#counts[fact.type] += 1;
    this.#second(second)[fact.type] += 1;
    for (const attempt of fact.attempts) this.#takeAttempt(fact.eventId, attempt);
  }

  /** A fact repeats the attempts before earlier deferrals. */
  #takeAttempt(eventId: string, attempt: Attempt): void {
    if (!this.#known.addNew(`attempt\n${eventId}\n${attempt.at}`)) return;
    const { attempts } = this.#counts;
    attempts[attempt.outcome] = (attempts[attempt.outcome] ?? 0) + 1;
    const second = this.#second(Math.floor(Date.parse(attempt.at) / 1000));
    second.attempts += 1;
    if (attempt.outcome === 'throttled') second.throttled += 1;
    this.#signs.take(eventId, attempt);
  }

  #takeLatency({ attempts, queuedMs, replay, deferral, verified }: DeliveredFact): void {
    const [first] = attempts;
    const last = attempts.at(-1);
    if (!first || !last || replay || deferral || verified) return;
    const receivedMs = Date.parse(first.at) - queuedMs;
    const endedMs = Date.parse(last.at) + last.ms;
    if (this.#latencies.length >= LATENCIES.most) this.#latencies.shift();
    this.#latencies.push({ endedMs, ms: endedMs - receivedMs });
  }

  #second(second: number): Record<SeriesName, number> {
    const known = this.#seconds.get(second);
    if (known) return known;
    const counts = Object.fromEntries(SERIES.map((name) => [name, 0])) as Record<
      SeriesName,
      number
    >;
    this.#seconds.set(second, counts);
    return counts;
  }

  #shardSecond(shardId: string, second: number) {
    const seconds = this.#shards.get(shardId) ?? new Map();
    this.#shards.set(shardId, seconds);
    const counts = seconds.get(second) ?? { received: 0, delivered: 0 };
    seconds.set(second, counts);
    return counts;
  }

  #forget(beforeSecond: number): void {
    for (const seconds of [this.#seconds, ...this.#shards.values()])
      for (const second of seconds.keys()) if (second < beforeSecond) seconds.delete(second);
  }
}

/** The mean of the last five seconds of a series that are whole. Pure. */
export function perSecondOf({ values }: FlowSeries): Record<SeriesName, number> {
  return Object.fromEntries(
    SERIES.map((name) => {
      const sum = values[name]
        .slice(-RATE_SECONDS - LATE_SECONDS, -LATE_SECONDS)
        .reduce((total, value) => total + value, 0);
      return [name, sum / RATE_SECONDS];
    }),
  ) as Record<SeriesName, number>;
}

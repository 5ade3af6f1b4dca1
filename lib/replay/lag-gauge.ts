import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type { Clock, StreamReader } from '../ports.ts';
import { deliveryOf } from './journal-tail.ts';

/** Beyond so many waiting records of a shard the lag is large anyway, and no more are remembered. */
const MOST_WAITING = 100_000;

/** How long a delivery from before the window tells of the lag. */
const FRESH_MS = 15_000;

/**
 * How far dispatch is behind on one shard, by the facts alone: since it appends its own facts to the stream that it reads, and
 * goes through it in order, what was received after the newest event that has ended is what waits. A single event that
 * ends late, or never, does not count as lag.
 */
export class ShardLag {
  /** Arrival of the deliveries that wait, in order, by what identifies them. */
  readonly #waiting = new Map<string, number>();
  #old = { waitedMs: 0, seenMs: Number.NEGATIVE_INFINITY };

  take(fact: Fact, nowMs: number): void {
    const key = deliveryOf(fact);
    if (fact.type === 'received') {
      // A parked event returns with the time of its first receipt, which tells nothing of the lag.
      const sinceMs = fact.deferral ? nowMs : Date.parse(fact.at);
      if (this.#waiting.size < MOST_WAITING) this.#waiting.set(key, sinceMs);
    } else if (this.#waiting.has(key)) this.#pass(key);
    // One that arrived before this began to watch: dispatch is still busy with what is older.
    else if (fact.type === 'delivered' && !fact.deferral)
      this.#old = { waitedMs: fact.queuedMs, seenMs: nowMs };
  }

  /** Age of the oldest event that waits, in milliseconds; 0 when none does. */
  lagMs(nowMs: number): number {
    const [oldestMs] = this.#waiting.values();
    const waitingMs = oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs);
    const { waitedMs, seenMs } = this.#old;
    return nowMs - seenMs < FRESH_MS ? Math.max(waitingMs, waitedMs) : waitingMs;
  }

  #pass(key: string): void {
    for (const passed of this.#waiting.keys()) {
      this.#waiting.delete(passed);
      if (passed === key) return;
    }
  }
}

/** The rate of live events is the higher of these means: the short one sees at once that they come, the long one that they pause. */
const RATE_WINDOWS_MS = [2000, 5000];
const SLOT_MS = 250;

/** A record can be read so long after its event was received. */
const READABLE_AFTER_MS = 250;

/** Counts live events by when they were received. */
export class LiveRate {
  readonly #perSlot = new Map<number, number>();
  #untilSlot = Number.NEGATIVE_INFINITY;

  take({ type, replay, deferral, at }: Fact): void {
    if (type !== 'received' || replay || deferral) return;
    const slot = Math.floor(Date.parse(at) / SLOT_MS);
    this.#perSlot.set(slot, (this.#perSlot.get(slot) ?? 0) + 1);
  }

  /** To be told when the stream was read to its tip. */
  readToTip(nowMs: number): void {
    this.#untilSlot = Math.floor((nowMs - READABLE_AFTER_MS) / SLOT_MS);
    const oldest = this.#untilSlot - Math.max(...RATE_WINDOWS_MS) / SLOT_MS;
    for (const slot of this.#perSlot.keys()) if (slot < oldest) this.#perSlot.delete(slot);
  }

  /** Events per second, as of when the stream was last read to its tip. */
  perSecond(): number {
    return Math.max(...RATE_WINDOWS_MS.map((windowMs) => this.#mean(windowMs)));
  }

  #mean(windowMs: number): number {
    let events = 0;
    for (const [slot, count] of this.#perSlot)
      if (slot < this.#untilSlot && slot >= this.#untilSlot - windowMs / SLOT_MS) events += count;
    return (events * 1000) / windowMs;
  }
}

/** Watches how far dispatch is behind. */
export interface LagGauge {
  /** Of the shard that is furthest behind, in milliseconds. */
  lagMs(): number;
  /** Live events that are received, per second. */
  liveRatePerSecond(): number;
  stop(): Promise<void>;
}

/**
 * Follows the journal from `lookBackMs` ago on; resolves once it has seen what was there. It works alike on AWS and
 * here, and needs no metric, which would be a minute or more behind. Reading costs one of a shard's five reads a second.
 */
export async function startLagGauge(options: {
  reader: StreamReader;
  clock: Clock;
  lookBackMs: number;
  pollMs?: number;
}): Promise<LagGauge> {
  const { reader, clock, lookBackMs, pollMs = 1000 } = options;
  const timestampMs = clock.now() - lookBackMs;
  const shards = new Map<string, { lag: ShardLag; iterator: string | undefined }>();
  const live = new LiveRate();
  const stopping = new AbortController();

  async function discover(): Promise<void> {
    for (const { shardId, closed } of await reader.listShards()) {
      if (closed || shards.has(shardId)) continue;
      const iterator = await reader.open(shardId, { type: 'AT_TIMESTAMP', timestampMs });
      shards.set(shardId, { lag: new ShardLag(), iterator });
    }
  }

  /** Answers whether there is more to read at once. */
  async function readOnce(): Promise<boolean> {
    const nowMs = clock.now();
    let behind = false;
    for (const shard of shards.values()) {
      if (shard.iterator === undefined) continue;
      const page = await reader.read(shard.iterator, 2000);
      shard.iterator = page.nextIterator;
      behind ||= page.millisBehindLatest > 0 && page.records.length > 0;
      for (const { data } of page.records) {
        const decoding = decodeFact(data);
        if (!decoding.valid) continue;
        shard.lag.take(decoding.fact, clock.now());
        live.take(decoding.fact);
      }
    }
    if (!behind) live.readToTip(nowMs);
    return behind;
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(pollMs, stopping.signal);
      // What fails leaves the lag as it was known, which grows with what waits; an iterator lives for five minutes.
      await readOnce().catch(() => shards.clear());
      const ended = [...shards.values()].some(({ iterator }) => iterator === undefined);
      if (ended || shards.size === 0) await discover().catch(() => undefined);
    }
  }

  await discover();
  while (await readOnce());
  const following = follow();
  return {
    lagMs: () => Math.max(0, ...[...shards.values()].map(({ lag }) => lag.lagMs(clock.now()))),
    liveRatePerSecond: () => live.perSecond(),
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

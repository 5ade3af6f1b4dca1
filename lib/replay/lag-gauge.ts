import { decodeFact } from '../event/decode.ts';
import type { Fact } from '../event/fact.ts';
import type {
  Clock,
  DispatchPositions,
  StreamPage,
  StreamPosition,
  StreamReader,
} from '../ports.ts';
import { InFlight, type ShardWaiting, startsOf } from './in-flight.ts';
import { LiveRate } from './live-rate.ts';
import { isAtTip, patiently, readPages } from './shard-pages.ts';

/** Deliveries that are remembered one by one. With more, the lag follows from the position of dispatch. */
const MOST_WAITING = 100_000;

/** Facts of this long ago tell the rate of live events. */
const LOOK_BACK_MS = 10_000;

/** Interval at which positions and shards are read again. */
const POSITIONS_EVERY_MS = 5000;

/** With a lag above this, what Lambda has given up is read, at most this often. */
const GIVEN_UP = { lagMs: 10_000, everyMs: 60_000 };

/** Pause after a shard could not be read. */
const AFTER_FAILURE_MS = 2000;

/** Watches how far dispatch is behind. */
export interface LagGauge {
  /** Age of the oldest record that dispatch has not ended, in milliseconds; 0 when there is none. */
  lagMs(): number;
  /** Live events that are received, per second. */
  liveRatePerSecond(): number;
  /** Deliveries without an end; `isAll` is false when there are more than are remembered one by one. */
  waiting(): { count: number; isAll: boolean };
  /** The same by shard, with the age of the oldest. */
  shards(): ShardWaiting[];
  stop(): Promise<void>;
}

interface LagGaugeOptions {
  reader: StreamReader;
  positions: DispatchPositions;
  clock: Clock;
  /** Reads the records that Lambda gave up. They do not count: they have no end, and may lie after the position of dispatch. */
  readGivenUp?: () => AsyncIterable<Fact>;
  /** Pause after a page at the tip. Default 1,000 ms. */
  pollMs?: number;
  /** Facts of this long ago are read in any case, in milliseconds. Default 10 s. */
  lookBackMs?: number;
  /** Called with every fact that is read. A fact can come again. */
  onFact?: (fact: Fact, shardId: string) => void;
}

/**
 * Follows the journal from the position of dispatch on; resolves once it has seen what was there. It works alike on AWS and here, and needs no metric,
 * which would be a minute or more behind. It costs one or two of a shard's five reads a second.
 *
 * @throws when the journal or the positions cannot be read at the beginning
 */
export async function startLagGauge(options: LagGaugeOptions): Promise<LagGauge> {
  const gauge = new JournalGauge(options);
  await gauge.start();
  return gauge;
}

class JournalGauge implements LagGauge {
  readonly #options: LagGaugeOptions;
  readonly #inFlight = new InFlight({ most: MOST_WAITING });
  readonly #live = new LiveRate();
  readonly #stopping = new AbortController();
  /** By shard: when it was last read to its tip. */
  readonly #atTipMs = new Map<string, number>();
  readonly #following: Promise<void>[] = [];
  #hasStarted = false;
  #givenUpReadMs = Number.NEGATIVE_INFINITY;

  constructor(options: LagGaugeOptions) {
    this.#options = options;
  }

  lagMs = () => this.#inFlight.lagMs(this.#options.clock.now());

  liveRatePerSecond = () => this.#live.perSecond();

  waiting = () => ({ count: this.#inFlight.size, isAll: this.#inFlight.size < MOST_WAITING });

  shards = () => this.#inFlight.shards(this.#options.clock.now());

  async start(): Promise<void> {
    try {
      await Promise.all(await this.#look());
      await this.#passGivenUp();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#hasStarted = true;
    this.#following.push(this.#keepLooking());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }

  /** Reads positions and shards; returns when each new shard will have been read to its tip. */
  async #look(): Promise<Promise<void>[]> {
    const { reader, positions, clock, lookBackMs = LOOK_BACK_MS } = this.#options;
    const known = await positions.read();
    this.#inFlight.setPositions(known);
    const startOf = startsOf(known, clock.now() - lookBackMs);
    const shards = await patiently(() => reader.listShards(), this.#reading);
    const unknown = shards.filter(({ shardId }) => !this.#atTipMs.has(shardId));
    return unknown.map((shard) => this.#begin(shard.shardId, startOf(shard)));
  }

  async #keepLooking(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(POSITIONS_EVERY_MS, signal);
      // After a failure the last known lag stays; it grows while records wait.
      await this.#look().catch(() => undefined);
      await this.#passGivenUp().catch(() => undefined);
    }
  }

  async #passGivenUp(): Promise<void> {
    const { readGivenUp, clock } = this.#options;
    const isSoon = clock.now() - this.#givenUpReadMs < GIVEN_UP.everyMs;
    if (!readGivenUp || isSoon || this.lagMs() < GIVEN_UP.lagMs) return;
    this.#givenUpReadMs = clock.now();
    for await (const fact of readGivenUp()) this.#inFlight.giveUp(fact);
  }

  #begin(shardId: string, from: StreamPosition): Promise<void> {
    this.#atTipMs.set(shardId, Number.NEGATIVE_INFINITY);
    return new Promise((resolve, reject) => {
      this.#following.push(this.#follow(shardId, from, resolve).catch(reject));
    });
  }

  /** Follows a shard to its end; what fails is tried again, but not while the gauge starts. */
  async #follow(shardId: string, from: StreamPosition, atTip: () => void): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    let position = from;
    while (!signal.aborted) {
      try {
        for await (const page of readPages(this.#reading, shardId, position)) {
          this.#take(page, shardId);
          position = afterOf(page) ?? position;
          if (isAtTip(page)) atTip();
        }
        this.#atTipMs.set(shardId, Number.POSITIVE_INFINITY);
        // It was split or merged: its children are followed at once.
        if (this.#hasStarted) await this.#look().catch(() => undefined);
        return;
      } catch (error) {
        if (!this.#hasStarted) throw error;
        await clock.sleep(AFTER_FAILURE_MS, signal);
      }
    }
  }

  get #reading() {
    const { reader, clock, pollMs = 1000 } = this.#options;
    return { reader, clock, pollMs, signal: this.#stopping.signal };
  }

  #take(page: StreamPage, shardId: string): void {
    for (const record of page.records) {
      const decoding = decodeFact(record.data);
      if (!decoding.valid) continue;
      this.#inFlight.take(decoding.fact, record);
      this.#live.take(decoding.fact);
      this.#options.onFact?.(decoding.fact, shardId);
    }
    if (!isAtTip(page)) return;
    this.#atTipMs.set(shardId, this.#options.clock.now());
    this.#live.readToTip(Math.min(...this.#atTipMs.values()));
  }
}

function afterOf({ records }: StreamPage): StreamPosition | undefined {
  const last = records.at(-1);
  return last && { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: last.sequenceNumber };
}

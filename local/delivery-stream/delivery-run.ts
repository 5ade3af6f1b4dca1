import { messageOf } from '../../lib/errors.ts';
import { Bell } from '../bell.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { DeliveryStreamOptions } from './delivery-stream.ts';
import { LAST_ATTEMPTS, ObjectDelivery, retryDelayMs } from './object-delivery.ts';
import { dueAtMs, isDue, isFull, RecordBuffer } from './record-buffer.ts';
import { type ShardCursor, ShardSet } from './shards.ts';

/** Records per read; Kinesis returns at most 10 MiB anyway. */
const READ_LIMIT = 2_000;

/** Pause once every shard is read to its tip. */
const POLL_INTERVAL_MS = 1_000;

/** `behind`: there is more to read at once. `failed`: part of the round is to be tried again later. */
type Round = { outcome: 'behind' | 'atTip' } | { outcome: 'failed'; error: Error };

interface Flush {
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * One run of a delivery stream, from start to stop. A single loop reads, buffers and delivers in turn, so while
 * the store refuses, nothing is read: at most one object and one page are in memory, and the rest waits in the stream.
 */
export class DeliveryRun {
  readonly #options: DeliveryStreamOptions;
  readonly #settings: DeliverySettings;
  /** Rings when a flush is asked for, and when stopping. */
  readonly #woken = new Bell();
  readonly #shards: ShardSet;
  readonly #buffer = new RecordBuffer();
  readonly #delivery: ObjectDelivery;
  #flushes: Flush[] = [];
  #loop = Promise.resolve();
  #isStopping = false;
  /** Belongs to the object that is being delivered. */
  #deliveringSinceMs = Number.POSITIVE_INFINITY;

  constructor(options: DeliveryStreamOptions, settings: DeliverySettings) {
    this.#options = options;
    this.#settings = settings;
    this.#shards = new ShardSet(options.reader, options.checkpoints);
    this.#delivery = new ObjectDelivery({
      ...options,
      settings,
      sleep: (ms) => this.#sleep(ms),
      isEnding: () => this.#isStopping,
    });
  }

  async start(): Promise<void> {
    await this.#shards.discover();
    this.#loop = this.#run();
  }

  flush(): Promise<void> {
    return new Promise((done, failed) => {
      this.#flushes.push({ done, failed });
      this.#woken.ring();
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#woken.ring();
    try {
      await this.#loop;
      await this.#drain();
      for (const { done } of this.#flushes.splice(0)) done();
    } catch (error) {
      for (const { failed } of this.#flushes.splice(0)) failed(error);
      throw error;
    }
  }

  /** Rejects only when it is stopping and the store still refuses. */
  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopping) {
      const flushes = this.#flushes.splice(0);
      if (flushes.length > 0) {
        await this.#drainFor(flushes);
        continue;
      }
      const round = await this.#readRound();
      if (isDue(this.#buffer, this.#settings, this.#options.clock.now())) await this.#deliver();
      failures = round.outcome === 'failed' ? failures + 1 : 0;
      if (failures > 0) await this.#idle(retryDelayMs(failures));
      else if (round.outcome === 'atTip') await this.#idle(this.#untilNextMs());
    }
  }

  /** Until the next poll, or until time closes the object. */
  #untilNextMs(): number {
    const dueInMs = dueAtMs(this.#buffer, this.#settings) - this.#options.clock.now();
    return Math.min(POLL_INTERVAL_MS, dueInMs);
  }

  async #idle(ms: number): Promise<void> {
    if (this.#isStopping || this.#flushes.length > 0) return;
    await this.#sleep(Math.max(0, ms));
  }

  #sleep(ms: number): Promise<void> {
    return this.#woken.heardWithin(ms, this.#options.clock);
  }

  async #drainFor(flushes: Flush[]): Promise<void> {
    try {
      await this.#drain();
      for (const { done } of flushes) done();
    } catch (error) {
      for (const { failed } of flushes) failed(error);
    }
  }

  /** Reads what is in the stream now, and delivers all there is. Rejects when either failed to the last. */
  async #drain(): Promise<void> {
    const untilMs = this.#options.clock.now();
    let round = await this.#readRound(untilMs);
    for (let failures = 0; round.outcome !== 'atTip'; round = await this.#readRound(untilMs)) {
      failures = round.outcome === 'failed' ? failures + 1 : 0;
      if (failures >= LAST_ATTEMPTS) break;
      if (failures > 0) await this.#sleep(retryDelayMs(failures));
    }
    await this.#deliver();
    if (round.outcome === 'failed') throw round.error;
  }

  /** Arrival of the oldest record that is read and not in the store; `undefined` for none. */
  get oldestUndeliveredMs(): number | undefined {
    const oldestMs = Math.min(this.#deliveringSinceMs, this.#buffer.oldestArrivalMs);
    return oldestMs === Number.POSITIVE_INFINITY ? undefined : oldestMs;
  }

  async #deliver(): Promise<void> {
    const closed = this.#buffer.close();
    this.#deliveringSinceMs = closed.oldestArrivalMs;
    await this.#delivery.deliver(closed);
    this.#deliveringSinceMs = Number.POSITIVE_INFINITY;
  }

  /**
   * Reads every shard once into the buffer. A shard that fails does not hold up the others; one whose records arrived after
   * `untilMs` does not count as behind.
   */
  async #readRound(untilMs = Number.POSITIVE_INFINITY): Promise<Round> {
    let round: Round = await this.#shards.discover().then(
      () => ({ outcome: 'atTip' }),
      (cause: unknown) => this.#failed('the shards were not listed', cause),
    );
    for (const cursor of this.#shards.unended()) {
      const read = await this.#readShard(cursor, untilMs);
      if (round.outcome !== 'failed' && read.outcome !== 'atTip') round = read;
    }
    return round;
  }

  async #readShard(cursor: ShardCursor, untilMs: number): Promise<Round> {
    const page = await cursor
      .read(READ_LIMIT)
      .catch((cause: unknown) => this.#failed(`${cursor.shardId} was not read`, cause));
    if ('outcome' in page) return page;
    for (const record of page.records) {
      this.#buffer.add(record, this.#options.clock.now());
      if (isFull(this.#buffer, this.#settings)) await this.#deliver();
    }
    if (cursor.ended) this.#buffer.endShard(cursor.shardId);
    const newestMs = page.records.at(-1)?.approximateArrivalMs ?? 0;
    const isDone = cursor.ended || page.atTip || newestMs > untilMs;
    return { outcome: isDone ? 'atTip' : 'behind' };
  }

  #failed(what: string, cause: unknown): Round & { outcome: 'failed' } {
    const error = new Error(`${what}: ${messageOf(cause)}`, { cause });
    this.#options.onError(error);
    return { outcome: 'failed', error };
  }
}

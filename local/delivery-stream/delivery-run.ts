import { Alarm } from './alarm.ts';
import { dueAtMs, isDue } from './buffering.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { DeliveryState } from './delivery-state.ts';
import type { DeliveryStreamOptions } from './delivery-stream.ts';
import { ObjectDelivery } from './object-delivery.ts';
import { RecordBuffer } from './record-buffer.ts';
import { LAST_ATTEMPTS, retryDelayMs } from './retrying.ts';
import { RoundReader } from './round-reader.ts';
import { ShardSet } from './shard-set.ts';

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
  readonly #alarm: Alarm;
  readonly #shards: ShardSet;
  readonly #buffer: RecordBuffer;
  readonly #delivery: ObjectDelivery;
  readonly #rounds: RoundReader;
  #flushes: Flush[] = [];
  #loop = Promise.resolve();
  #isStopping = false;

  constructor(options: DeliveryStreamOptions, settings: DeliverySettings) {
    const { name: streamName, reader, objects, checkpoints, clock, onError } = options;
    this.#options = options;
    this.#settings = settings;
    this.#alarm = new Alarm(clock);
    this.#shards = new ShardSet(reader, checkpoints);
    this.#buffer = new RecordBuffer(settings);
    this.#delivery = new ObjectDelivery({
      ...{ streamName, settings, objects, checkpoints, onError },
      alarm: this.#alarm,
      isEnding: () => this.#isStopping,
    });
    this.#rounds = new RoundReader({
      ...{ shards: this.#shards, buffer: this.#buffer, settings, clock, onError },
      onFull: () => this.#deliver(),
    });
  }

  async start(): Promise<void> {
    await this.#shards.discover();
    this.#loop = this.#run();
  }

  flush(): Promise<void> {
    return new Promise((done, failed) => {
      this.#flushes.push({ done, failed });
      this.#alarm.ring();
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#alarm.ring();
    try {
      await this.#loop;
      await this.#drain();
      for (const { done } of this.#flushes.splice(0)) done();
    } catch (error) {
      for (const { failed } of this.#flushes.splice(0)) failed(error);
      throw error;
    }
  }

  state(): Omit<DeliveryState, 'running'> {
    const nowMs = this.#options.clock.now();
    const { inFlight, ...delivered } = this.#delivery.state;
    const oldestMs = Math.min(
      this.#buffer.oldestArrivalMs,
      inFlight?.oldestArrivalMs ?? Number.POSITIVE_INFINITY,
    );
    return {
      bufferedRecords: this.#buffer.records + (inFlight?.records ?? 0),
      bufferedBytes: this.#buffer.bytes + (inFlight?.body.byteLength ?? 0),
      dataFreshnessMs: oldestMs === Number.POSITIVE_INFINITY ? 0 : Math.max(0, nowMs - oldestMs),
      ...delivered,
      shards: this.#shards.state(nowMs),
    };
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
      const round = await this.#rounds.read();
      if (isDue(this.#buffer, this.#settings, this.#options.clock.now())) await this.#deliver();
      failures = round.outcome === 'failed' ? failures + 1 : 0;
      if (failures > 0) await this.#idle(retryDelayMs(failures));
      else if (round.outcome === 'atTip') await this.#idle(this.#untilNextMs());
    }
  }

  /** Until the next poll, or until time closes the object. */
  #untilNextMs(): number {
    const { clock, pollIntervalMs = 1_000 } = this.#options;
    return Math.min(pollIntervalMs, dueAtMs(this.#buffer, this.#settings) - clock.now());
  }

  async #idle(ms: number): Promise<void> {
    if (this.#isStopping || this.#flushes.length > 0) return;
    await this.#alarm.sleep(Math.max(0, ms));
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
    let round = await this.#rounds.read(untilMs);
    for (let failures = 0; round.outcome !== 'atTip'; round = await this.#rounds.read(untilMs)) {
      failures = round.outcome === 'failed' ? failures + 1 : 0;
      if (failures >= LAST_ATTEMPTS) break;
      if (failures > 0) await this.#alarm.sleep(retryDelayMs(failures));
    }
    await this.#deliver();
    if (round.outcome === 'failed') throw round.error;
  }

  #deliver(): Promise<void> {
    return this.#delivery.deliver(this.#buffer.close());
  }
}

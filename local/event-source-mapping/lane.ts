import { createHash } from 'node:crypto';
import { Bell } from '../bell.ts';
import { closeBatch, maximumPayloadBytes } from './batch-closing.ts';
import { BatchDelivery, type DeliveryContext } from './batch-delivery.ts';
import type { LaneRecord } from './kinesis-event.ts';

/** One lane of a shard: takes batch after batch off its buffer, one at a time. */
export class Lane {
  readonly buffer: LaneBuffer;
  readonly #context: DeliveryContext;
  readonly #delivery: BatchDelivery;
  readonly #onTaken: () => void;

  /** `onTaken` is called whenever the buffer has become shorter. */
  constructor(context: DeliveryContext, onTaken: () => void) {
    this.#context = context;
    this.#delivery = new BatchDelivery(context);
    this.#onTaken = onTaken;
    this.buffer = new LaneBuffer(context.settings.batchSize);
  }

  /** Resolves when the shard's end has been delivered, or soon after the stop signal. */
  async run(): Promise<void> {
    let windowStartedMs = this.#context.clock.now();
    for (;;) {
      const batch = await this.#nextBatch(windowStartedMs);
      if (!batch) return;
      await this.#delivery.deliver(batch);
      windowStartedMs = this.#context.clock.now();
    }
  }

  async #nextBatch(windowStartedMs: number): Promise<LaneRecord[] | undefined> {
    const { clock, settings, stop } = this.#context;
    while (!stop.aborted) {
      const decision = closeBatch({
        pending: this.buffer.pending,
        ended: this.buffer.ended,
        nowMs: clock.now(),
        windowStartedMs,
        batchSize: settings.batchSize,
        batchingWindowMs: settings.batchingWindowMs,
      });
      if (decision.type === 'drained') return undefined;
      if (decision.type === 'close') {
        const batch = this.buffer.take(decision.count);
        this.#onTaken();
        return batch;
      }
      const { changed } = this.buffer;
      if (decision.ms === undefined) await changed.heard();
      else await changed.heardWithin(decision.ms, clock);
    }
    return undefined;
  }
}

/** How much is read ahead of a lane's running invocation. */
const batchesAhead = 2;

/** The records read for one lane and not yet taken into a batch. */
class LaneBuffer {
  /** Rings when there is something new to decide on. */
  readonly changed = new Bell();
  #records: LaneRecord[] = [];
  #bytes = 0;
  #ended = false;
  readonly #batchSize: number;

  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  get pending(): readonly LaneRecord[] {
    return this.#records;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Two batches' worth, in records or in bytes, are waiting. */
  get full(): boolean {
    return (
      this.#records.length >= batchesAhead * this.#batchSize ||
      this.#bytes >= batchesAhead * maximumPayloadBytes
    );
  }

  push(records: readonly LaneRecord[]): void {
    if (records.length === 0) return;
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += record.bytes;
    }
    this.changed.ring();
  }

  /** No record will follow. */
  end(): void {
    this.#ended = true;
    this.changed.ring();
  }

  take(count: number): LaneRecord[] {
    const taken = this.#records.splice(0, count);
    for (const record of taken) this.#bytes -= record.bytes;
    return taken;
  }
}

/**
 * The lane, from 0, that takes a partition key: always the same one, so order holds per key [DOC].
 * Which hash AWS uses is undocumented. The shard already owns a range of the MD5's first bytes, so
 * the last four are taken: they stay evenly spread however far the stream has been split.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  return createHash('md5').update(partitionKey).digest().readUInt32BE(12) % lanes;
}

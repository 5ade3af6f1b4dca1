import { closeBatch } from './batch-closing.ts';
import { BatchDelivery, type DeliveryContext } from './batch-delivery.ts';
import type { LaneRecord } from './kinesis-event.ts';
import { LaneBuffer } from './lane-buffer.ts';

/** One lane as the operator sees it. */
export interface LaneState {
  lane: number;
  /** Records read ahead. */
  buffered: number;
  /** Records in the invocation that runs now. */
  inFlight: number;
  /** Counted attempts that the records in hand have failed so far. */
  retries: number;
}

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

  get state(): LaneState {
    const { inFlight, retries } = this.#delivery;
    return { lane: this.#context.lane, buffered: this.buffer.pending.length, inFlight, retries };
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

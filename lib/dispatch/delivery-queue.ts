import type { Delivery } from './delivery.ts';

/** The deliveries of a batch that wait for a call: retries when they are due, then new ones in their order. */
export class DeliveryQueue {
  readonly #fresh: Delivery[];
  #nextFresh = 0;
  /** Sorted by `dueMs`, soonest first. */
  readonly #retries: { dueMs: number; delivery: Delivery }[] = [];

  constructor(fresh: Delivery[]) {
    this.#fresh = fresh;
  }

  /** When the next delivery may be taken: `-Infinity` for at once, `Infinity` when none waits. */
  get nextDueMs(): number {
    if (this.#nextFresh < this.#fresh.length) return Number.NEGATIVE_INFINITY;
    return this.#retries[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  take(nowMs: number): Delivery | undefined {
    const retry = this.#retries[0];
    if (retry && retry.dueMs <= nowMs) {
      this.#retries.shift();
      return retry.delivery;
    }
    return this.#fresh[this.#nextFresh++];
  }

  retry(delivery: Delivery, dueMs: number): void {
    const after = this.#retries.findIndex((other) => other.dueMs > dueMs);
    this.#retries.splice(after === -1 ? this.#retries.length : after, 0, { dueMs, delivery });
  }
}

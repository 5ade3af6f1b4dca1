import type { Delivery } from './delivery.ts';

/** Number of deliveries that may share one request. */
export interface GroupSizes {
  creations: number;
  lookups: number;
}

/** The deliveries of a batch that wait for a call: retries when they are due, then new ones in their order. */
export class DeliveryQueue {
  readonly #fresh: Delivery[];
  #nextFresh = 0;
  /** New deliveries may be taken up to this place in the batch. */
  announced = Number.POSITIVE_INFINITY;
  /** Sorted by `dueMs`, soonest first. */
  #retries: { dueMs: number; delivery: Delivery }[] = [];

  constructor(fresh: Delivery[]) {
    this.#fresh = fresh;
  }

  /** When the next delivery may be taken: `-Infinity` for at once, `Infinity` when none waits. */
  get nextDueMs(): number {
    if (this.#nextAnnounced) return Number.NEGATIVE_INFINITY;
    return this.#retries[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether deliveries wait that were not tried yet. */
  get hasFresh(): boolean {
    return this.#nextFresh < this.#fresh.length;
  }

  /** The next deliveries for one request: all of them to be created, or all to be looked up first. Empty when none is due. */
  takeGroup(nowMs: number, sizes: GroupSizes): Delivery[] {
    const group: Delivery[] = [];
    let next = this.#peek(nowMs);
    const verify = next?.verify ?? false;
    const most = verify ? sizes.lookups : sizes.creations;
    while (next && next.verify === verify && group.length < most) {
      if (next.alone && group.length > 0) break;
      group.push(next);
      this.#drop(next);
      if (next.alone) break;
      next = this.#peek(nowMs);
    }
    return group;
  }

  /** The calls that its deliveries need, as far as is known: one for each group. */
  callsToMake({ creations, lookups }: GroupSizes): number {
    const fresh = this.#fresh.length - this.#nextFresh;
    const toLookUp = this.#retries.filter(({ delivery }) => delivery.verify).length;
    const toCreate = fresh + this.#retries.length - toLookUp;
    return Math.ceil(toCreate / creations) + Math.ceil(toLookUp / lookups);
  }

  retry(delivery: Delivery, dueMs: number): void {
    const after = this.#retries.findIndex((other) => other.dueMs > dueMs);
    this.#retries.splice(after === -1 ? this.#retries.length : after, 0, { dueMs, delivery });
  }

  /** Puts a delivery ahead of all others, so that one that fails again has as much of the batch left as possible. */
  retryFirst(delivery: Delivery): void {
    this.retry(delivery, Number.NEGATIVE_INFINITY);
  }

  /** Whether a delivery waits for its last lookup before a dead letter. */
  get hasCondemned(): boolean {
    return this.#retries.some(({ delivery }) => delivery.condemned !== undefined);
  }

  /** Takes every retry out of the queue. */
  takeRetries(): Delivery[] {
    const deliveries = this.#retries.map(({ delivery }) => delivery);
    this.#retries = [];
    return deliveries;
  }

  /** Number of new deliveries that may be taken. */
  get freshAnnounced(): number {
    const next = this.#fresh[this.#nextFresh];
    return next ? this.announced - next.position : 0;
  }

  get #nextAnnounced(): Delivery | undefined {
    const next = this.#fresh[this.#nextFresh];
    return next && next.position < this.announced ? next : undefined;
  }

  #peek(nowMs: number): Delivery | undefined {
    const retry = this.#retries[0];
    return retry && retry.dueMs <= nowMs ? retry.delivery : this.#nextAnnounced;
  }

  #drop(delivery: Delivery): void {
    if (this.#retries[0]?.delivery === delivery) this.#retries.shift();
    else this.#nextFresh += 1;
  }
}

import type { FixedPosition } from './checkpoint.ts';

interface Unsettled {
  /** Where a reader starts to meet this record first. */
  before: FixedPosition;
  arrivalMs: number;
}

/**
 * What of one shard has been read and what of that is settled, over all its lanes.
 *
 * Promise: every record up to `settledPosition` is settled, so starting there after a crash repeats
 * records but loses none. Its memory grows with the unsettled records only.
 */
export class Settlement {
  #read: FixedPosition;
  /** In the order of the shard, because a Map keeps the order of insertion. */
  readonly #unsettled = new Map<string, Unsettled>();

  constructor(start: FixedPosition) {
    this.#read = start;
  }

  /** Where reading goes on. */
  get readPosition(): FixedPosition {
    return this.#read;
  }

  get settledPosition(): FixedPosition {
    return this.#oldest()?.before ?? this.#read;
  }

  /** When the oldest unsettled record arrived. */
  get oldestArrivalMs(): number | undefined {
    return this.#oldest()?.arrivalMs;
  }

  /** A record was read and is to be delivered. */
  expect(sequenceNumber: string, arrivalMs: number): void {
    this.#unsettled.set(sequenceNumber, { before: this.#read, arrivalMs });
    this.skip(sequenceNumber);
  }

  /** A record was read and needs no delivery. */
  skip(sequenceNumber: string): void {
    this.#read = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber };
  }

  /** A record was delivered, or given up for good. */
  settle(sequenceNumber: string): void {
    this.#unsettled.delete(sequenceNumber);
  }

  #oldest(): Unsettled | undefined {
    return this.#unsettled.values().next().value;
  }
}

import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import type { FactHead } from '../event/fact-head.ts';

/**
 * Tells which events are parked, from their facts in any order, each as often as it comes. A run of an event (its first delivery,
 * or one replay) is parked while the highest deferral of its `deferred` facts is above that of its `received` facts. Only
 * runs that were ever parked take memory: some 30 bytes each.
 */
export class ParkedRuns {
  readonly #runs = new HashTable();
  readonly #deferred = uint32Column();
  readonly #returned = uint32Column();
  /** Of each event, by the caller's index: how many of its runs are parked. */
  readonly #parked = uint16Column();

  /** Takes a fact of the event that the caller keeps under `key` and `index`. */
  fold(key: string, index: number, { type, deferral, replay }: FactHead): void {
    if (deferral === undefined || (type !== 'deferred' && type !== 'received')) return;
    const run = this.#runs.add(`${key}\n${replay?.runId ?? ''}`);
    const column = type === 'deferred' ? this.#deferred : this.#returned;
    const before = this.#isParked(run);
    column.set(run, Math.max(column.get(run), deferral));
    const change = Number(this.#isParked(run)) - Number(before);
    if (change !== 0) this.#parked.set(index, this.#parked.get(index) + change);
  }

  /** Whether a run of the event at that index is parked. */
  isParked(index: number): boolean {
    return this.#parked.get(index) > 0;
  }

  #isParked(run: number): boolean {
    return this.#deferred.get(run) > this.#returned.get(run);
  }
}

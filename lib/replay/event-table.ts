import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import { msOf } from '../event/at.ts';
import type { FactHead } from '../event/fact-head.ts';
import { type EventState, foldFact, PARKED } from '../event/state.ts';
import { ParkedRuns } from './parked-runs.ts';

/**
 * The states of very many events: some 20 bytes each, and no id. Whoever needs the ids again reads the facts again.
 */
export class EventTable {
  readonly #ids = new HashTable();
  readonly #states = uint16Column();
  /** Unix seconds since when it waits for dispatch; 0 for never received. */
  readonly #waitsSince = uint32Column();
  readonly #parkedRuns = new ParkedRuns();

  get size(): number {
    return this.#ids.size;
  }

  /** The event's index, from 0 on in order of arrival; -1 if it was never folded or marked. */
  indexOf(key: string): number {
    return this.#ids.indexOf(key);
  }

  /** Adds what a fact says to the state kept under `key`; answers the event's index. */
  fold(key: string, fact: FactHead, atMs = msOf(fact.at)): number {
    const index = this.#ids.add(key);
    this.#states.set(index, foldFact(this.#states.get(index), fact));
    if (fact.type === 'received') this.#noteWaiting(index, atMs);
    if (fact.until !== undefined) this.#noteWaiting(index, msOf(fact.until));
    this.#parkedRuns.fold(key, index, fact);
    return index;
  }

  /** Sets further bits of an event, which is added if it is new. */
  mark(key: string, bits: EventState): void {
    this.markAt(this.#ids.add(key), bits);
  }

  markAt(index: number, bits: EventState): void {
    this.#states.set(index, this.#states.get(index) | bits);
  }

  stateAt(index: number): EventState {
    if (index < 0) return 0;
    return this.#states.get(index) | (this.#parkedRuns.isParked(index) ? PARKED : 0);
  }

  /**
   * Since when it could be delivered, in milliseconds since the epoch, to the second; 0 for never: the latest time at which it was
   * received, was replayed, or was due after it had been parked.
   */
  waitsSinceMsAt(index: number): number {
    return this.#waitsSince.get(index) * 1000;
  }

  #noteWaiting(index: number, ms: number): void {
    const seconds = Math.floor(ms / 1000);
    if (seconds > this.#waitsSince.get(index)) this.#waitsSince.set(index, seconds);
  }
}

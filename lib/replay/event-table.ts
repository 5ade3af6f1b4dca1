import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import { msOf } from '../event/at.ts';
import type { FactHead } from '../event/fact-head.ts';
import { type EventState, foldFact } from '../event/state.ts';

/**
 * The states of very many events: some 20 bytes each, and no id. Whoever needs the ids again reads the facts again.
 */
export class EventTable {
  readonly #ids = new HashTable();
  readonly #states = uint16Column();
  /** Unix seconds of the latest `received` fact; 0 for none. */
  readonly #receivedAt = uint32Column();

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
    if (fact.type === 'received') this.#noteReceived(index, atMs);
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
    return index < 0 ? 0 : this.#states.get(index);
  }

  /** When it was last received or replayed, in milliseconds since the epoch, to the second; 0 for never. */
  receivedMsAt(index: number): number {
    return this.#receivedAt.get(index) * 1000;
  }

  #noteReceived(index: number, ms: number): void {
    const seconds = Math.floor(ms / 1000);
    if (seconds > this.#receivedAt.get(index)) this.#receivedAt.set(index, seconds);
  }
}

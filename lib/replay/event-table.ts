import { HashTable, uint16Column, uint32Column } from '../archive/hash-table.ts';
import { msOf } from '../event/at.ts';
import type { FactHead } from '../event/fact-head.ts';
import { type EventState, foldFact, PARKED, withoutDismissal } from '../event/state.ts';
import { ParkedRuns } from './parked-runs.ts';

/**
 * A parked event that is due is released within this: after an outage there may be more of them than the stragglers' share takes at
 * once. The facts tell when it was due and not when it was released, so it may be on its way for so long.
 */
export const RELEASED_WITHIN_MS = 24 * 3_600_000;

/**
 * The states of very many events: some 20 bytes each, and no id. Whoever needs the ids again reads the facts again.
 */
export class EventTable {
  readonly #ids = new HashTable();
  readonly #states = uint16Column();
  /** Unix seconds of the latest `received` fact; 0 for none. */
  readonly #receivedAt = uint32Column();
  /** Unix seconds of the latest due time; 0 for an event that was never parked. */
  readonly #dueAt = uint32Column();
  readonly #parkedRuns = new ParkedRuns();
  /** Unix seconds of the latest dead letter; 0 for none. */
  readonly #deadLetteredAt = uint32Column();
  /** By index, Unix seconds of the latest dismissal: a person dismisses few. */
  readonly #dismissedAt = new Map<number, number>();

  get size(): number {
    return this.#ids.size;
  }

  /** The event's index, from 0 on in order of arrival; -1 if it was never folded or marked. */
  indexOf(key: string): number {
    return this.#ids.indexOf(key);
  }

  /** Adds what a fact says to the state kept under `key`; returns the event's index. */
  fold(key: string, fact: FactHead, atMs = msOf(fact.at)): number {
    const index = this.#ids.add(key);
    this.#states.set(index, foldFact(this.#states.get(index), fact));
    if (fact.type === 'received') raise(this.#receivedAt, index, atMs);
    if (fact.until !== undefined) raise(this.#dueAt, index, msOf(fact.until));
    if (fact.type === 'deadLettered') raise(this.#deadLetteredAt, index, atMs);
    if (fact.type === 'dismissed') this.#dismiss(index, atMs);
    this.#parkedRuns.fold(key, index, fact);
    return index;
  }

  /** Returns the event's index; it is added if it is new. */
  add(key: string): number {
    return this.#ids.add(key);
  }

  markAt(index: number, bits: EventState): void {
    this.#states.set(index, this.#states.get(index) | bits);
  }

  stateAt(index: number): EventState {
    if (index < 0) return 0;
    const state = this.#states.get(index) | (this.#parkedRuns.isParked(index) ? PARKED : 0);
    return this.#isOpenedAgain(index) ? withoutDismissal(state) : state;
  }

  #dismiss(index: number, atMs: number): void {
    const seconds = Math.floor(atMs / 1000);
    this.#dismissedAt.set(index, Math.max(seconds, this.#dismissedAt.get(index) ?? 0));
  }

  /** A dismissal ends the dead letters before it. What was sent again after it needs an end of its own. */
  #isOpenedAgain(index: number): boolean {
    const dismissedAt = this.#dismissedAt.get(index);
    if (dismissedAt === undefined) return false;
    return Math.max(this.#receivedAt.get(index), this.#deadLetteredAt.get(index)) > dismissedAt;
  }

  /** When it was last received or replayed, in milliseconds since the epoch, to the second; 0 for never. */
  receivedMsAt(index: number): number {
    return this.#receivedAt.get(index) * 1000;
  }

  /** When it was last due after it had been parked, in the same terms; 0 for never. */
  dueMsAt(index: number): number {
    return this.#dueAt.get(index) * 1000;
  }
}

function raise(column: ReturnType<typeof uint32Column>, index: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  if (seconds > column.get(index)) column.set(index, seconds);
}

import { isWithin, type TimeRange } from '../archive/partitions.ts';
import type { FactHead } from '../event/fact-head.ts';
import {
  type EventState,
  FREE_BIT,
  isCreatedTwice,
  isReceived,
  isReplayed,
  statusOf,
} from '../event/state.ts';
import { EventTable, RELEASED_WITHIN_MS } from './event-table.ts';

/** How many events stand where. */
export interface Tally {
  received: number;
  delivered: number;
  deadLettered: number;
  /** Dead letters that a person ended: they need nothing. */
  dismissed: number;
  /** May still be delivered; those that wait in the spill bucket for `recover` included. */
  pending: number;
  /** Wait in the spill bucket until they are due to be tried again. */
  parked: number;
  /** Lambda gave them up; they lie whole in the failures bucket, and come back with `replay --failures`. */
  givenUp: number;
  /** Too old to be in the stream, and nowhere else: lost. */
  unaccounted: number;
  /** Of all these, how many have been replayed. */
  replayed: number;
}

/** What an operator should look at; `givenUp` breaks no law, but wants a replay. */
export type Offence = 'unaccounted' | 'neverReceived' | 'deliveredTwice' | 'givenUp';

const SPILLED = FREE_BIT;
const GIVEN_UP = FREE_BIT << 1;
/** Delivered or dead-lettered within the range. */
const ENDED_IN_RANGE = FREE_BIT << 2;
const NAMED = FREE_BIT << 3;
/** Its object lies in the spill bucket's `parked/`. */
const IN_PARKED = FREE_BIT << 4;

type Standing = keyof Omit<Tally, 'received' | 'replayed'> | 'neverReceived' | 'outside';

/** The books of an audit: what the facts say of every event, and what follows from it. No I/O. */
export class AuditBooks {
  readonly #events = new EventTable();
  /** The same for each event in each replay run. */
  readonly #runs = new EventTable();
  readonly #range: TimeRange;
  readonly #pendingWithinMs: number;
  #nowMs = 0;

  constructor({ range, pendingWithinMs }: { range: TimeRange; pendingWithinMs: number }) {
    this.#range = range;
    this.#pendingWithinMs = pendingWithinMs;
  }

  /** Takes a fact of the archive; each only once. */
  take(fact: FactHead, atMs: number): void {
    const within = isWithin(atMs, this.#range);
    if (fact.type === 'received' && !within) return;
    const index = this.#events.fold(fact.eventId, fact, atMs);
    if (fact.type === 'received' || fact.type === 'deferred') return;
    if (within) this.#events.markAt(index, ENDED_IN_RANGE);
    if (!fact.replay) return;
    const { replay, ...delivery } = fact;
    this.#runs.fold(runKey(fact.eventId, replay.runId), delivery);
  }

  /** Takes a fact that waits in the spill bucket. */
  takeSpilled(fact: FactHead): void {
    this.#events.markAt(this.#events.fold(fact.eventId, fact), SPILLED);
  }

  /** Takes a fact that waits in the spill bucket until it is due. It has not returned yet, so its deferral does not count. */
  takeParked({ deferral: _, ...fact }: FactHead): void {
    this.#events.markAt(this.#events.fold(fact.eventId, fact), IN_PARKED);
  }

  /** Takes a fact that lies in the failures bucket. */
  takeGivenUp(fact: FactHead): void {
    if (fact.type === 'received')
      this.#events.markAt(this.#events.fold(fact.eventId, fact), GIVEN_UP);
  }

  /** Whether it is known that an event was received. */
  knows(eventId: string): boolean {
    return isReceived(this.#events.stateAt(this.#events.indexOf(eventId)));
  }

  tally(nowMs: number): { events: Tally; offences: Record<Offence, number> } {
    this.#nowMs = nowMs;
    const standings: Record<Standing, number> = {
      delivered: 0,
      deadLettered: 0,
      dismissed: 0,
      pending: 0,
      parked: 0,
      givenUp: 0,
      unaccounted: 0,
      neverReceived: 0,
      outside: 0,
    };
    let replayed = 0;
    for (let index = 0; index < this.#events.size; index++) {
      const standing = this.#standingAt(index);
      standings[standing] += 1;
      if (standing !== 'outside' && isReplayed(this.#events.stateAt(index))) replayed += 1;
    }
    const { neverReceived, outside, ...stand } = standings;
    const received = this.#events.size - neverReceived - outside;
    const { unaccounted, givenUp } = stand;
    const deliveredTwice = countTwice(this.#events) + countTwice(this.#runs);
    return {
      events: { received, ...stand, replayed },
      offences: { unaccounted, neverReceived, deliveredTwice, givenUp },
    };
  }

  /** How many ids {@link nameOffender} can name, of each offence at most `shown`. After {@link tally}. */
  offendersToName(shown: number): number {
    const { offences } = this.tally(this.#nowMs);
    return Object.values(offences).reduce((sum, count) => sum + Math.min(count, shown), 0);
  }

  /** The offence of the event that a fact is about; each event, or each of its runs, is named once. */
  nameOffender(fact: FactHead): Offence | undefined {
    const { eventId, replay } = fact;
    if (replay && this.#nameTwice(this.#runs, runKey(eventId, replay.runId)))
      return 'deliveredTwice';
    const index = this.#events.indexOf(eventId);
    if (index < 0) return undefined;
    const standing = this.#standingAt(index);
    if (standing === 'unaccounted' || standing === 'neverReceived' || standing === 'givenUp')
      return this.#nameAt(this.#events, index) ? standing : undefined;
    return this.#nameTwice(this.#events, eventId) ? 'deliveredTwice' : undefined;
  }

  #nameTwice(table: EventTable, key: string): boolean {
    const index = table.indexOf(key);
    return isCreatedTwice(table.stateAt(index)) && this.#nameAt(table, index);
  }

  /** False if it was named before. */
  #nameAt(table: EventTable, index: number): boolean {
    if (table.stateAt(index) & NAMED) return false;
    table.markAt(index, NAMED);
    return true;
  }

  #standingAt(index: number): Standing {
    const state = this.#events.stateAt(index);
    const status = statusOf(state);
    if (!isReceived(state)) return this.#unreceived(state);
    if (status === 'delivered' || status === 'deadLettered' || status === 'dismissed')
      return status;
    if (state & IN_PARKED) return 'parked';
    if (state & GIVEN_UP) return 'givenUp';
    if (state & SPILLED) return 'pending';
    const dueMs = this.#events.dueMsAt(index);
    const waitsSinceMs = Math.max(
      this.#events.receivedMsAt(index),
      dueMs > 0 ? dueMs + RELEASED_WITHIN_MS : 0,
    );
    return this.#nowMs - waitsSinceMs > this.#pendingWithinMs ? 'unaccounted' : 'pending';
  }

  /** What ends within a range may have been received before it. */
  #unreceived(state: EventState): Standing {
    const open = !Number.isFinite(this.#range.fromMs);
    return open && state & ENDED_IN_RANGE ? 'neverReceived' : 'outside';
  }
}

const runKey = (eventId: string, runId: string) => `${eventId}\n${runId}`;

function countTwice(table: EventTable): number {
  let count = 0;
  for (let index = 0; index < table.size; index++)
    if (isCreatedTwice(table.stateAt(index))) count += 1;
  return count;
}

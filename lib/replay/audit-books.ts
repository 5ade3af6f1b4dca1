import { isWithin, type TimeRange } from '../archive/partitions.ts';
import type { FactHead } from '../event/fact-head.ts';
import { isCreatedTwice, isReceived, isReplayed, statusOf } from '../event/state.ts';
import type { OpenPlace } from './audit-journal.ts';
import type { Offence, Tally } from './audit-tally.ts';
import { EventMarks } from './event-marks.ts';
import { EventTable, RELEASED_WITHIN_MS } from './event-table.ts';

type Standing = keyof Omit<Tally, 'received' | 'replayed'> | 'neverReceived' | 'outside';

/** Settings by which the books are closed. */
interface Closing {
  nowMs: number;
  /** The journal was read from what dispatch has settled to its tip: what it does not hold is not pending. */
  isJournalRead: boolean;
  /** An event without an end that is older than this cannot be in the journal. */
  pendingWithinMs: number;
}

/** The books of an audit: what the facts say of every event, and what follows from it. No I/O. */
export class AuditBooks {
  readonly #events = new EventTable();
  readonly #marks = new EventMarks();
  /** The same for each event in each replay run. */
  readonly #runs = new EventTable();
  readonly #runMarks = new EventMarks();
  readonly #range: TimeRange;
  #oldestMs = Number.POSITIVE_INFINITY;
  #sentAgain = 0;
  #closing: Closing = { nowMs: 0, isJournalRead: false, pendingWithinMs: 0 };

  constructor(range: TimeRange) {
    this.#range = range;
  }

  /** Says what is known besides the facts; may change when more was read. */
  close(closing: Closing): void {
    this.#closing = closing;
  }

  /** Takes a fact; each only once. Returns the index of its event, or -1 for an event that was received outside of the range. */
  take(fact: FactHead, atMs: number): number {
    const within = isWithin(atMs, this.#range);
    if (fact.type === 'received') {
      const index = within
        ? this.#events.fold(fact.eventId, fact, atMs)
        : this.indexOf(fact.eventId);
      if (within) this.#oldestMs = Math.min(this.#oldestMs, atMs);
      if (index >= 0 && !fact.replay && fact.deferral === undefined) this.#countSending(index);
      return index;
    }
    const index = this.#events.fold(fact.eventId, fact, atMs);
    if (fact.type === 'deferred') return index;
    if (within) this.#marks.add(index, 'endedInRange');
    if (fact.type === 'delivered' && !fact.verified) this.#countCreation(index);
    if (fact.replay) {
      const { replay, ...delivery } = fact;
      this.#runs.fold(runKey(fact.eventId, replay.runId), delivery);
    }
    return index;
  }

  /** Takes a fact that waits in the spill bucket. */
  takeSpilled(fact: FactHead): void {
    this.#marks.add(this.#events.fold(fact.eventId, fact), 'spilled');
  }

  /** Takes a fact that waits in the spill bucket until it is due. It has not returned yet, so its deferral does not count. */
  takeParked({ deferral: _, ...fact }: FactHead): void {
    this.#marks.add(this.#events.fold(fact.eventId, fact), 'inParked');
  }

  /** Takes a fact that lies in the failures bucket. */
  takeGivenUp(fact: FactHead): void {
    if (fact.type === 'received') this.#marks.add(this.#events.fold(fact.eventId, fact), 'givenUp');
  }

  /** Notes the place of the event at that index in the journal. */
  noteOpen(index: number, place: OpenPlace): void {
    this.#marks.add(index, place);
  }

  /** Notes that the status table knows an event as received; false if the books do not, so far. */
  noteInTable(eventId: string): boolean {
    const index = this.#events.add(eventId);
    this.#marks.add(index, 'inTable');
    return this.isReceivedAt(index);
  }

  /**
   * Compares the books with the status table: events that only the table knows as received, and events from before `untilMs` that it should
   * know and does not. What waits in the spill bucket has not come to it yet.
   */
  compareWithTable(untilMs: number): { onlyInTable: number; notInTable: number } {
    let [onlyInTable, notInTable] = [0, 0];
    for (let index = 0; index < this.#events.size; index++) {
      const isReceivedHere = this.isReceivedAt(index);
      const isKnownThere = this.#marks.has(index, 'inTable');
      if (isKnownThere && !isReceivedHere) onlyInTable += 1;
      if (isKnownThere || !isReceivedHere || this.#marks.has(index, 'spilled')) continue;
      if (this.#events.receivedMsAt(index) < untilMs - 1000) notInTable += 1;
    }
    return { onlyInTable, notInTable };
  }

  /** Number of events that a source sent more than once. */
  get sentAgain(): number {
    return this.#sentAgain;
  }

  /** Returns whether a source sent an event more than once. */
  isSentAgain(eventId: string): boolean {
    const index = this.indexOf(eventId);
    return index >= 0 && this.#marks.has(index, 'sentAgain');
  }

  /** Notes that the archive does not hold yet how the event at that index was received: it is not sampled. */
  noteInJournalOnly(index: number): void {
    this.#marks.add(index, 'inJournalOnly');
  }

  /** Whether it is known that an event was received. */
  knows(eventId: string): boolean {
    return this.isReceivedAt(this.indexOf(eventId));
  }

  isReceivedAt(index: number): boolean {
    return isReceived(this.#events.stateAt(index));
  }

  indexOf(eventId: string): number {
    return this.#events.indexOf(eventId);
  }

  /** Receipt of the range's first event, in milliseconds since the epoch; infinite if there is none. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  /**
   * The events that have no end in the facts and lie in no bucket: how many, and since when the oldest of them may be in the journal.
   */
  open(): { events: number; sinceMs: number } {
    let events = 0;
    let sinceMs = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#events.size; index++) {
      const standing = this.#standingAt(index);
      if (standing !== 'unjudged' && standing !== 'unaccounted') continue;
      events += 1;
      sinceMs = Math.min(sinceMs, this.#events.receivedMsAt(index));
    }
    return { events, sinceMs };
  }

  /** Marks at most `count` delivered events of the archive, chosen at random, for {@link takeSampled}; returns how many. */
  sample(count: number, random: () => number): number {
    const chosen: number[] = [];
    let delivered = 0;
    for (let index = 0; index < this.#events.size; index++) {
      const isInArchive = !this.#marks.has(index, 'inJournalOnly');
      if (this.#standingAt(index) !== 'delivered' || !isInArchive) continue;
      delivered += 1;
      // Reservoir sampling: each delivered event is as likely as any other.
      const place = chosen.length < count ? chosen.length : Math.floor(random() * delivered);
      if (place < count) chosen[place] = index;
    }
    for (const index of chosen) this.#marks.add(index, 'sampled');
    return chosen.length;
  }

  /** True once for each sampled event. */
  takeSampled(eventId: string): boolean {
    const index = this.indexOf(eventId);
    if (index < 0 || !this.#marks.has(index, 'sampled')) return false;
    this.#marks.remove(index, 'sampled');
    return true;
  }

  tally(): { events: Tally; offences: Record<Offence, number>; createdAgain: number } {
    const standings: Record<Standing, number> = {
      delivered: 0,
      deadLettered: 0,
      dismissed: 0,
      pending: 0,
      parked: 0,
      givenUp: 0,
      unaccounted: 0,
      unjudged: 0,
      neverReceived: 0,
      outside: 0,
    };
    let replayed = 0;
    let createdAgain = 0;
    for (let index = 0; index < this.#events.size; index++) {
      const standing = this.#standingAt(index);
      standings[standing] += 1;
      if (standing === 'outside') continue;
      if (isReplayed(this.#events.stateAt(index))) replayed += 1;
      if (this.#marks.has(index, 'createdAgain')) createdAgain += 1;
    }
    const { neverReceived, outside, ...stand } = standings;
    const received = this.#events.size - neverReceived - outside;
    const { unaccounted, unjudged, givenUp } = stand;
    const deliveredTwice = countTwice(this.#events) + countTwice(this.#runs);
    return {
      events: { received, ...stand, replayed },
      offences: { unaccounted, unjudged, neverReceived, deliveredTwice, givenUp },
      createdAgain,
    };
  }

  /** Number of ids that {@link nameOffender} can name, at most `shown` of each offence. */
  offendersToName(shown: number): number {
    const { offences } = this.tally();
    return Object.values(offences).reduce((sum, count) => sum + Math.min(count, shown), 0);
  }

  /** The offence of the event that a fact is about; each event, or each of its runs, is named once. */
  nameOffender(fact: FactHead): Offence | undefined {
    const { eventId, replay } = fact;
    if (replay && this.#nameTwiceIn(this.#runs, this.#runMarks, runKey(eventId, replay.runId)))
      return 'deliveredTwice';
    const index = this.indexOf(eventId);
    if (index < 0) return undefined;
    const standing = this.#standingAt(index);
    if (isNamed(standing)) return this.#marks.addNew(index, 'named') ? standing : undefined;
    return this.#nameTwiceIn(this.#events, this.#marks, eventId) ? 'deliveredTwice' : undefined;
  }

  #nameTwiceIn(table: EventTable, marks: EventMarks, key: string): boolean {
    const index = table.indexOf(key);
    return isCreatedTwice(table.stateAt(index)) && marks.addNew(index, 'named');
  }

  #countCreation(index: number): void {
    this.#marks.add(index, this.#marks.has(index, 'created') ? 'createdAgain' : 'created');
  }

  #countSending(index: number): void {
    const isAgain = this.#marks.has(index, 'sent');
    if (isAgain && !this.#marks.has(index, 'sentAgain')) this.#sentAgain += 1;
    this.#marks.add(index, isAgain ? 'sentAgain' : 'sent');
  }

  #standingAt(index: number): Standing {
    const state = this.#events.stateAt(index);
    if (!isReceived(state)) return this.#unreceived(index);
    const status = statusOf(state);
    if (status === 'delivered' || status === 'deadLettered' || status === 'dismissed')
      return status;
    if (this.#marks.has(index, 'inParked')) return 'parked';
    if (this.#marks.has(index, 'givenUp')) return 'givenUp';
    if (this.#marks.has(index, 'spilled') || this.#marks.has(index, 'pending')) return 'pending';
    if (this.#marks.has(index, 'unplaced')) return 'unjudged';
    const { isJournalRead } = this.#closing;
    return isJournalRead || this.#isTooOld(index) ? 'unaccounted' : 'unjudged';
  }

  /** The journal cannot hold it any more, even if it was released late after it had been parked. */
  #isTooOld(index: number): boolean {
    const { nowMs, pendingWithinMs } = this.#closing;
    const dueMs = this.#events.dueMsAt(index);
    const releasedMs = dueMs > 0 ? dueMs + RELEASED_WITHIN_MS : 0;
    return nowMs - Math.max(this.#events.receivedMsAt(index), releasedMs) > pendingWithinMs;
  }

  /** What ends within a range may have been received before it. */
  #unreceived(index: number): Standing {
    const isOpenRange = !Number.isFinite(this.#range.fromMs);
    return isOpenRange && this.#marks.has(index, 'endedInRange') ? 'neverReceived' : 'outside';
  }
}

const isNamed = (standing: Standing) =>
  standing === 'unaccounted' ||
  standing === 'unjudged' ||
  standing === 'neverReceived' ||
  standing === 'givenUp';

const runKey = (eventId: string, runId: string) => `${eventId}\n${runId}`;

function countTwice(table: EventTable): number {
  let count = 0;
  for (let index = 0; index < table.size; index++)
    if (isCreatedTwice(table.stateAt(index))) count += 1;
  return count;
}

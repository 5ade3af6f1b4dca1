import { uint16Column } from '../archive/hash-table.ts';

/** Marks of an event besides its state, as a set of bits. */
const MARKS = {
  spilled: 1,
  givenUp: 2,
  /** Delivered or dead-lettered within the range. */
  endedInRange: 4,
  named: 8,
  /** Its object lies in the spill bucket's `parked/`. */
  inParked: 16,
  /** In the journal, behind what dispatch has settled. */
  pending: 32,
  /** In the journal without an end; no position says whether dispatch has passed it. */
  unplaced: 64,
  created: 128,
  /** Created more than once, replays included. */
  createdAgain: 256,
  sampled: 512,
  /** Its payload is in the journal, and not in the archive yet. */
  inJournalOnly: 1024,
  /** The status table knows that it was received. */
  inTable: 2048,
  /** Sent by a source, not by a replay. */
  sent: 4096,
  /** Sent more than once: its bodies have to be compared. */
  sentAgain: 8192,
};

type Mark = keyof typeof MARKS;

/** The marks of very many events, by the index of each: two bytes an event. */
export class EventMarks {
  readonly #bits = uint16Column();

  add(index: number, mark: Mark): void {
    this.#bits.set(index, this.#bits.get(index) | MARKS[mark]);
  }

  /** Adds it; false if it was there. */
  addNew(index: number, mark: Mark): boolean {
    const isNew = !this.has(index, mark);
    if (isNew) this.add(index, mark);
    return isNew;
  }

  remove(index: number, mark: Mark): void {
    this.#bits.set(index, this.#bits.get(index) & ~MARKS[mark]);
  }

  has(index: number, mark: Mark): boolean {
    return (this.#bits.get(index) & MARKS[mark]) !== 0;
  }
}

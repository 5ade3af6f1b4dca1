import { hash, randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { BatchInput, BatchRecord } from '../kinesis-batch.ts';
import type { Log } from '../log.ts';
import type { Clock, RecordPlace, SendNote, SendNotes } from '../ports.ts';

/** Outcomes of earlier invocations for the records of a batch, by sequence number. */
export interface SentBefore {
  /** Nothing is left to do. */
  settled: ReadonlySet<string>;
  /** May have been sent: looked up before they are sent again. */
  suspect: ReadonlySet<string>;
}

/**
 * A done note is removed after this, twice as long as a healthy batch takes. The checkpoint of a shard is that of its slowest lane: when the event source
 * mapping itself is restarted, what other lanes have done since comes again (measured in the local run: 8 of 200 events were created twice).
 */
const DONE_KEPT_MS = 25_000;

/** An open note is removed after this: Lambda has given its records up. */
const OPEN_KEPT_MS = 7 * 86_400_000;

type Changes = Map<string, SendNote | undefined>;

export interface SendRecordOptions {
  notes: SendNotes;
  clock: Clock;
  log: Log;
}

/**
 * Stores the records that an invocation is about to send outside of this environment. After a crash, another environment reads them.
 *
 * An invocation announces about a second of its records at a time, and sends none before it is announced. Its note holds its settled records, its announced records that are not settled, and its place, from which the shard's position follows.
 * The invocation that gets such records again moves them into its own note, skips the settled ones and looks the others up.
 *
 * States of a note: *open* (its invocation runs, or crashed, or left records unsettled) → *done* (everything was settled, but Lambda may not have
 * learnt of it) → removed after 25 s, by the next invocation of the shard.
 *
 * Notes unavailable: everything in the batch is suspect, and sending goes on without announcements.
 */
export class SendRecord {
  readonly id = randomUUID().slice(0, 8);
  /** Number of records, from the first on, that may be sent. */
  announced = 0;
  readonly #options: SendRecordOptions;
  readonly #shardId: string;
  /** Hashes by sequence number, in the order of the batch. */
  readonly #hashes: Map<string, string>;
  readonly #inOrder: string[];
  readonly #records: readonly BatchRecord[];
  /** Number of records, from the first on, that are settled. */
  #settledInOrder = 0;
  readonly #settled = new Set<string>();
  /** May have been sent, by this invocation or an earlier one. */
  readonly #sent = new Set<string>();
  /** Old notes, removed with the last write. */
  #old: Changes = new Map();
  #announcing: Promise<void> | undefined;

  constructor(options: SendRecordOptions, { shardId, records }: BatchInput) {
    this.#options = options;
    this.#shardId = shardId;
    this.#records = records;
    this.#hashes = new Map(
      records.map(({ sequenceNumber }) => [sequenceNumber, hashOf(sequenceNumber)]),
    );
    this.#inOrder = [...this.#hashes.values()];
  }

  /** Announces the first `count` records. Never rejects. */
  async begin(count: number): Promise<SentBefore> {
    const to = Math.min(count, this.#hashes.size);
    const mine: Changes = new Map([[this.id, this.#noteTo(to)]]);
    const notes = await this.#orWarn(this.#options.notes.exchange(this.#shardId, mine));
    this.announced = to;
    if (!notes) return { settled: new Set(), suspect: new Set(this.#hashes.keys()) };
    notes.delete(this.id);
    const others = [...notes.values()];
    const settled = this.#among(others.flatMap((note) => note.settled));
    const suspect = this.#among(others.flatMap((note) => note.open));
    this.settle([...settled]);
    for (const number of suspect) this.#sent.add(this.#hashes.get(number) as string);
    await this.#takeOver(notes);
    return { settled, suspect };
  }

  /** Moves what other notes hold of this batch into its own. */
  async #takeOver(others: Map<string, SendNote>): Promise<void> {
    const mine = new Set(this.#inOrder);
    const nowMs = this.#options.clock.now();
    const changes: Changes = new Map();
    for (const [id, note] of others) {
      const settled = note.settled.filter((its) => !mine.has(its));
      const open = note.open.filter((its) => !mine.has(its));
      const left = settled.length + open.length;
      if (left < note.settled.length + note.open.length)
        changes.set(id, left === 0 ? undefined : { ...note, settled, open });
      else if (nowMs - note.atMs > (note.isDone ? DONE_KEPT_MS : OPEN_KEPT_MS))
        this.#old.set(id, undefined);
    }
    if (changes.size === 0) return;
    await this.#write(changes.set(this.id, this.#noteTo(this.announced)));
  }

  /** Announces `count` more records, unless that is under way already. Calls `done` after it. Never rejects. */
  announceMore(count: number, done: () => void): void {
    if (this.#announcing || this.announced >= this.#hashes.size) return;
    const to = Math.min(this.announced + count, this.#hashes.size);
    this.#announcing = this.#write(new Map([[this.id, this.#noteTo(to)]])).then(() => {
      this.announced = to;
      this.#announcing = undefined;
      done();
    });
  }

  /** Notes that the facts of these records are in the journal. */
  settle(sequenceNumbers: readonly string[]): void {
    for (const number of sequenceNumbers) {
      const its = this.#hashes.get(number);
      if (its) this.#settled.add(its);
    }
  }

  /** Notes that the record at this place in the batch is about to be sent. */
  send(position: number): void {
    const its = this.#inOrder[position];
    if (its) this.#sent.add(its);
  }

  /** Ends the invocation. What was announced and not sent is no suspect any more. Never rejects. */
  async end(): Promise<void> {
    await this.#announcing;
    const isDone = this.#settled.size === this.#hashes.size;
    const open = this.#not([...this.#sent]);
    await this.#write(this.#old.set(this.id, this.#note(open, isDone)));
  }

  #noteTo(announced: number): SendNote {
    const open = new Set([...this.#inOrder.slice(0, announced), ...this.#sent]);
    return this.#note(this.#not([...open]), false);
  }

  #note(open: string[], isDone: boolean): SendNote {
    const atMs = this.#options.clock.now();
    return { settled: [...this.#settled], open, atMs, isDone, place: this.#place() };
  }

  /** The first record that is not settled, or the last one. */
  #place(): RecordPlace | undefined {
    while (this.#settled.has(this.#inOrder[this.#settledInOrder] ?? '')) this.#settledInOrder += 1;
    const record = this.#records[Math.min(this.#settledInOrder, this.#records.length - 1)];
    if (!record) return undefined;
    return { sequenceNumber: record.sequenceNumber, arrivedAtMs: record.arrivedAtMs };
  }

  /** Never rejects. */
  #write(changes: Changes): Promise<void> {
    return this.#orWarn(this.#options.notes.write(this.#shardId, changes));
  }

  /** Never rejects; `undefined` when the notes are unavailable. */
  async #orWarn<Result>(request: Promise<Result>): Promise<Result | undefined> {
    try {
      return await request;
    } catch (error) {
      this.#options.log.warn(
        'Notes of what is sent are unavailable: a crash may create events twice',
        {
          shardId: this.#shardId,
          error: messageOf(error),
        },
      );
      return undefined;
    }
  }

  /** Those that are not settled by this invocation. */
  #not(hashes: readonly string[]): string[] {
    return hashes.filter((its) => !this.#settled.has(its));
  }

  /** The sequence numbers of this batch's records among others. */
  #among(hashes: readonly string[]): Set<string> {
    const mine = new Map([...this.#hashes].map(([number, its]) => [its, number]));
    return new Set(hashes.flatMap((its) => mine.get(its) ?? []));
  }
}

/** Eight bytes: that two of a thousand records have the same is as likely as one in 10^13. */
function hashOf(sequenceNumber: string): string {
  return hash('sha1', sequenceNumber).slice(0, 16);
}

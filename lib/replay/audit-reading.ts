import { type Damage, type Entry, identityOf, newReadCounts } from '../archive/entry.ts';
import { HashTable } from '../archive/hash-table.ts';
import { partitionsOf, type TimeRange } from '../archive/partitions.ts';
import { FACTS_PREFIX, readHeads, readParked, readSpill } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import { messageOf } from '../errors.ts';
import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { LostObject, ObjectVersions } from '../object-store.ts';
import type { ShardPosition, StreamRecord } from '../ports.ts';
import { AuditBooks } from './audit-books.ts';
import { JournalLedger, readSpan } from './audit-journal.ts';
import { ReceiptCheck, type ReceiptComparison } from './audit-receipts.ts';
import type { AuditOptions, AuditSources } from './audit-sources.ts';
import { RELEASED_WITHIN_MS } from './event-table.ts';

/** Most damaged places, and lost objects, in a report. */
const PLACES_SHOWN = 20;

const HOUR_MS = 3_600_000;

/** Time before the range in which the ends of repeated events are looked for: longer than dispatch remembers settled records. */
const LOOK_BACK_MS = 24 * HOUR_MS;

/** The most that `straggler_max_age_hours` may be, and the release of the last return. */
const LONGEST_PARKED_MS = 160 * HOUR_MS + RELEASED_WITHIN_MS;

/** Reads all that an audit judges by into its books, and keeps what it comes across. */
export class AuditReading {
  readonly #sources: AuditSources;
  readonly #options: AuditOptions;
  /** The part of the range that can be judged. */
  readonly range: TimeRange;
  /** Start of the time that is left out: too new for the archive, and there is no journal to read. In milliseconds since the epoch. */
  readonly excludedFromMs: number | undefined;
  readonly books: AuditBooks;
  readonly #receipts: ReceiptCheck;
  /** Events that only the status table knows as received. */
  receipts: Pick<ReceiptComparison, 'missing' | 'ids'> = { missing: 0, ids: [] };
  /** Facts of the archive. */
  readonly #known = new HashTable();
  readonly counts = newReadCounts();
  /** Some of what could not be read. */
  readonly damages: Damage[] = [];
  readonly lost = { count: 0, elsewhere: 0, some: [] as LostObject[] };
  /** Witnesses that the archive is whole. */
  readonly witnesses: string[] = [];
  /** True if a witness covers every fact, ends included. The status table covers receipts only. */
  isWitnessed = false;
  /** The reason why no position of dispatch is known. */
  #placesUnknown: string | undefined;
  /** Reasons why a witness says nothing. */
  readonly #silent: string[] = [];
  /** Facts that only the journal holds, and how many of them the archive should hold by now. */
  readonly unarchived = { facts: 0, overdue: 0 };
  #journalFacts = 0;
  /** The reason why the journal was not read to its tip; `undefined` if it was, or need not be. */
  journalProblem: string | undefined;
  /** The reason why the places of events in the journal do not tell whether they may still be delivered. */
  placeProblem: string | undefined;

  constructor(sources: AuditSources, options: AuditOptions) {
    const { range, nowMs, archiveLagMs } = options;
    this.#sources = sources;
    this.#options = options;
    const judgedToMs = nowMs - archiveLagMs;
    this.excludedFromMs = !sources.journal && range.toMs > judgedToMs ? judgedToMs : undefined;
    // The clocks of the functions may be ahead of this one.
    const toMs = range.toMs >= nowMs ? nowMs + HOUR_MS : range.toMs;
    this.range = { ...range, toMs: this.excludedFromMs ?? toMs };
    this.books = new AuditBooks(this.range);
    this.#receipts = new ReceiptCheck(this.books);
    this.#close(false);
  }

  /** Rejects when a store cannot be reached. */
  async run(): Promise<void> {
    const positions = await this.#readPositions();
    await this.#readArchive();
    await this.#readBuckets();
    await this.#readVersions();
    await this.#readReceipts();
    await this.#readJournal(positions);
    this.#compareReceipts();
    await this.#readEarlierEnds();
  }

  #tell(what: string): void {
    this.#options.onProgress?.(what);
  }

  #tellRead(): void {
    const { facts, objects } = this.counts;
    this.#tell(`reading the stores: ${facts} facts in ${objects} objects`);
  }

  #close(isJournalRead: boolean): void {
    const { nowMs, retentionMs, pendingWithinMs = retentionMs } = this.#options;
    this.books.close({ nowMs, pendingWithinMs, isJournalRead });
  }

  async #readPositions(): Promise<ShardPosition[]> {
    try {
      const positions = (await this.#sources.journal?.positions?.read()) ?? [];
      if (positions.every(({ settledThrough }) => settledThrough === undefined))
        this.#placesUnknown =
          'dispatch has noted no position: it has not run since it was deployed, or is of an earlier version';
      return positions;
    } catch (error) {
      this.#placesUnknown = `the positions of dispatch cannot be read: ${messageOf(error)}`;
      return [];
    }
  }

  /** Returns the times in which the archive can hold facts of the events: the usual one, and a later one that only replays reach. */
  get archiveRanges(): [TimeRange, TimeRange] {
    const { nowMs, retentionMs } = this.#options;
    const { fromMs, toMs } = this.range;
    const endMs = nowMs + HOUR_MS;
    const middleMs = Math.min(endMs, toMs + retentionMs + LONGEST_PARKED_MS);
    return [
      { fromMs, toMs: middleMs },
      { fromMs: middleMs, toMs: endMs },
    ];
  }

  async #readArchive(): Promise<void> {
    const [usual, later] = this.archiveRanges;
    await this.#readArchiveOf(usual);
    const isMore = later.fromMs < later.toMs;
    if (isMore && this.books.open().events > 0) await this.#readArchiveOf(later);
  }

  async #readArchiveOf(range: TimeRange): Promise<void> {
    const options = { range, counts: this.counts, known: this.#known };
    await this.#read(readHeads(this.#sources.archive, options), (fact, atMs) =>
      this.books.take(fact, atMs),
    );
  }

  async #readBuckets(): Promise<void> {
    const { spill, failures, dispatchFunctionName: functionName } = this.#sources;
    const options = { range: this.range, counts: this.counts };
    if (spill) {
      await this.#read(readSpill(spill, options), (fact) => this.books.takeSpilled(fact));
      await this.#read(readParked(spill, options), (fact) => this.books.takeParked(fact));
    }
    await this.#read(readFailures(failures, { ...options, functionName }), (fact) =>
      this.books.takeGivenUp(fact),
    );
  }

  async #read(
    batches: AsyncIterable<Entry<FactHead>[]>,
    take: (fact: FactHead, atMs: number) => void,
  ): Promise<void> {
    for await (const batch of batches) {
      for (const entry of batch) {
        if (entry.kind === 'fact') take(entry.fact, entry.atMs);
        else if (this.damages.length < PLACES_SHOWN) this.damages.push(entry);
      }
      this.#tellRead();
    }
  }

  /** Asks the archive's bucket whether it was whole all the time. */
  async #readVersions(): Promise<void> {
    const { versions } = this.#sources;
    if (!versions) return;
    this.#tell('listing the versions of the archive bucket');
    try {
      if (!(await versions.isKept()))
        return void this.#silent.push('the archive bucket keeps no versions of its objects');
      for await (const lost of this.#listLost(versions)) this.#takeLost(lost);
      const isWitness = this.#addWitness('the versions of the archive bucket', versions.keptMs);
      this.isWitnessed ||= isWitness;
    } catch (error) {
      this.#silent.push(`the versions of the archive bucket cannot be read: ${messageOf(error)}`);
    }
  }

  /** Lists lost objects of the part that was read, or with `lostWithinMs` of the whole archive. */
  async *#listLost(versions: ObjectVersions): AsyncGenerator<LostObject> {
    const isWhole = this.#options.lostWithinMs !== undefined;
    for (const prefix of isWhole ? [FACTS_PREFIX] : this.#prefixes)
      yield* versions.listLost(prefix);
  }

  get #prefixes(): string[] {
    const [{ fromMs }, { toMs }] = this.archiveRanges;
    return partitionsOf(FACTS_PREFIX, { fromMs, toMs });
  }

  #takeLost(lost: LostObject): void {
    const { nowMs, lostWithinMs = 0 } = this.#options;
    const isOfRange = this.#prefixes.some((prefix) => lost.key.startsWith(prefix));
    if (!isOfRange && nowMs - Date.parse(lost.at) > lostWithinMs) return;
    this.lost[isOfRange ? 'count' : 'elsewhere'] += 1;
    if (this.lost.some.length < PLACES_SHOWN) this.lost.some.push(lost);
  }

  async #readReceipts(): Promise<void> {
    const { receipts } = this.#sources;
    if (!receipts) return;
    const { nowMs, archiveLagMs } = this.#options;
    // What is newer may not be in the archive yet, which is not to say that it should be.
    const toMs = Math.min(this.range.toMs, nowMs - archiveLagMs);
    await this.#receipts.read(receipts, { ...this.range, toMs }, (ids) =>
      this.#tell(`reading the status table: ${ids} receipts`),
    );
  }

  /** The journal is read before: an event that was recovered a moment ago may be in the table and the journal, and not yet in the archive. */
  #compareReceipts(): void {
    const { receipts } = this.#sources;
    if (!receipts) return;
    const { nowMs, archiveLagMs } = this.#options;
    const { missing, ids, isWitness, silent } = this.#receipts.compare(nowMs - archiveLagMs);
    this.receipts = { missing, ids };
    if (isWitness) this.#addWitness('the status table', receipts.keptMs);
    else if (silent !== undefined) this.#silent.push(silent);
  }

  /** Adds a witness, which speaks for a range only if it remembers all of it; returns whether it does. */
  #addWitness(name: string, rememberedMs: number): boolean {
    const sinceMs = Math.max(this.range.fromMs, this.books.oldestMs);
    const remembersFromMs = this.#options.nowMs - rememberedMs;
    // No event at all: then the range itself has to be remembered.
    const neededMs = Number.isFinite(sinceMs) ? sinceMs : this.range.fromMs;
    const isRemembered = neededMs >= remembersFromMs || neededMs === Number.NEGATIVE_INFINITY;
    if (isRemembered) this.witnesses.push(name);
    else
      this.#silent.push(
        `${name}: remembered only from ${new Date(remembersFromMs).toISOString()} on`,
      );
    return isRemembered;
  }

  async #readJournal(positions: ShardPosition[]): Promise<void> {
    const { journal } = this.#sources;
    const { nowMs, archiveLagMs, retentionMs } = this.#options;
    if (!journal) return;
    const open = this.books.open();
    // Twice the lag: the older half is in the archive already, and shows whether that is so.
    const recentMs = nowMs - 2 * archiveLagMs;
    const isNeeded =
      journal.isWitness ||
      open.events > 0 ||
      this.#receipts.hasSuspects ||
      this.range.toMs > recentMs;
    if (!isNeeded) return;
    const fromMs = Math.min(recentMs, journal.isWitness ? this.range.fromMs : recentMs);
    const span = { positions, fromMs, unknownFromMs: Math.min(recentMs, open.sinceMs) };
    const ledger = new JournalLedger(positions);
    this.#tell('reading the journal');
    try {
      const isRead = await readSpan(journal, span, (fact, record) =>
        ledger.take(fact, record, this.#takeOfJournal(fact, record)),
      );
      if (!isRead) this.journalProblem = 'the journal was not read to its end in time';
      else {
        ledger.tellOpen((event, place) => {
          this.books.noteOpen(event, place);
          if (place === 'unplaced')
            this.placeProblem =
              this.#placesUnknown ?? 'dispatch has noted no position for a shard of theirs';
        });
        this.#close(true);
        if (journal.isWitness) this.isWitnessed ||= this.#addWitness('the journal', retentionMs);
      }
    } catch (error) {
      this.journalProblem = `the journal cannot be read: ${messageOf(error)}`;
    }
  }

  /** Returns the index of the fact's event. */
  #takeOfJournal(fact: Fact, record: StreamRecord): number {
    const { nowMs, archiveLagMs } = this.#options;
    this.#journalFacts += 1;
    if (this.#journalFacts % 1000 === 0)
      this.#tell(`reading the journal: ${this.#journalFacts} facts`);
    const atMs = Date.parse(fact.at);
    if (atMs < this.range.fromMs || !this.#known.addNew(identityOf(fact)))
      return this.books.indexOf(fact.eventId);
    const index = this.books.take(fact, atMs);
    const isDue = record.approximateArrivalMs < nowMs - archiveLagMs;
    this.unarchived.facts += 1;
    if (fact.type === 'received' && index >= 0) this.books.noteInJournalOnly(index);
    if (isDue && this.books.isReceivedAt(index)) this.unarchived.overdue += 1;
    return index;
  }

  /** An id that the source sent again may have ended before the range: earlier versions appended no fact for a repetition. */
  async #readEarlierEnds(): Promise<void> {
    const { fromMs } = this.range;
    if (!Number.isFinite(fromMs) || this.books.open().events === 0) return;
    const range = { fromMs: fromMs - LOOK_BACK_MS, toMs: fromMs };
    const heads = readHeads(this.#sources.archive, { range, counts: this.counts, unique: false });
    await this.#read(heads, (fact, atMs) => {
      const isOfUse = fact.type !== 'received' && this.books.knows(fact.eventId);
      if (isOfUse && this.#known.addNew(identityOf(fact))) this.books.take(fact, atMs);
    });
  }

  /** The reason why the range has no witness; `undefined` if it has one. */
  get witnessProblem(): string | undefined {
    if (this.witnesses.length > 0) return undefined;
    const why = this.#silent.length > 0 ? ` (${this.#silent.join('; ')})` : '';
    return `nothing besides the archive shows that no object of it is gone${why}: name the acknowledged ids with --acked, or a range that is remembered`;
  }
}

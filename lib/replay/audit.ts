import {
  type Damage,
  type Entry,
  identityOf,
  newReadCounts,
  type ReadCounts,
} from '../archive/entry.ts';
import { HashTable } from '../archive/hash-table.ts';
import { partitionsOf, type TimeRange } from '../archive/partitions.ts';
import { FACTS_PREFIX, readHeads, readParked, readSpill } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import { messageOf } from '../errors.ts';
import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { LostObject, ObjectStore, ObjectVersions } from '../object-store.ts';
import type { ShardPosition, StreamRecord } from '../ports.ts';
import { AuditBooks, type Offence, type Tally } from './audit-books.ts';
import { type AuditedJournal, JournalLedger, readJournal } from './audit-journal.ts';
import { type AskTarget, sampleDelivered } from './audit-sample.ts';
import { judgeAudit, type Offences, type Verdict } from './audit-verdict.ts';
import { RELEASED_WITHIN_MS } from './event-table.ts';

/** Where facts may be. */
export interface FactStores {
  archive: ObjectStore;
  failures: ObjectStore;
  /** Absent where the pipeline has none. */
  spill?: ObjectStore | undefined;
  /** The function whose failures they are. */
  dispatchFunctionName: string;
}

export interface AuditSources extends FactStores {
  /** A witness for the archive: what its bucket remembers of deleted objects. */
  versions?: ObjectVersions | undefined;
  /** Tells what may still be delivered. With `isWitness`, it is read over the whole range and compared with the archive. */
  journal?: (AuditedJournal & { isWitness: boolean }) | undefined;
}

export interface AuditOptions {
  /** When the events were received. */
  range: TimeRange;
  nowMs: number;
  /** How long the journal keeps a record. */
  retentionMs: number;
  /** The archive holds what is older than this. */
  archiveLagMs: number;
  /** Also finds what was deleted or replaced elsewhere in the archive, within this time before now. */
  lostWithinMs?: number | undefined;
  /** Ids that ingest acknowledged: a witness, too. */
  acked?: AsyncIterable<string> | undefined;
  /** Asks the target whether so many delivered events, chosen at random, are there. */
  sample?: { count: number; ask: AskTarget; random: () => number } | undefined;
  /** At most so many ids of each offence are listed. */
  shown: number;
  onProgress?: (counts: ReadCounts) => void;
}

export interface AuditReport {
  verdict: Verdict;
  /** Whether the verdict is `holds`. */
  holds: boolean;
  /** Why the verdict is not `holds`, for people. */
  findings: string[];
  /** Who speaks for the archive being whole. */
  witnesses: string[];
  /** Events by where they stand; `received` is the sum of those that follow it. */
  events: Tally;
  /** How many offend, by how. */
  offences: Offences;
  /** Some of them. */
  offenders: Record<keyof Offences, string[]>;
  /** Events that the target created more than once by the facts, replays included. */
  createdAgain: number;
  acked: number | undefined;
  sampled: { asked: number; found: number; unanswered: number } | undefined;
  /** What was received from then on is too new for the archive, and left out; ISO 8601 UTC. */
  excludedFrom: string | undefined;
  archive: ReadCounts;
  /** Some of what could not be read. */
  damages: Damage[];
  /** Objects that were deleted or replaced: how many of those that hold the range, how many elsewhere, and some of both. */
  lostObjects: { count: number; elsewhere: number; some: LostObject[] };
  /** Facts that the journal holds and the archive should hold by now. */
  unarchived: number;
}

/** At most so many damaged places, and lost objects, are told. */
const PLACES_SHOWN = 20;

const HOUR_MS = 3_600_000;

/** How long before the range the end of an event may lie that was sent again in it: longer than dispatch remembers what it has settled. */
const LOOK_BACK_MS = 24 * HOUR_MS;

/** The most that `straggler_max_age_hours` may be, and the release of the last return. */
const LONGEST_PARKED_MS = 160 * HOUR_MS + RELEASED_WITHIN_MS;

/**
 * Says whether every event received in the range is delivered, dead-lettered, given up (and whole in the failures bucket), parked (and whole in
 * the spill bucket), or may still be delivered by the journal. Rejects when a store cannot be reached.
 *
 * An event moves from the spill bucket to the journal and from there to the archive. The stores are read against that direction, so
 * that none is missed on its way: the positions of dispatch, the archive, the buckets, the journal.
 */
export async function audit(sources: AuditSources, options: AuditOptions): Promise<AuditReport> {
  return new Audit(sources, options).run();
}

class Audit {
  readonly #sources: AuditSources;
  readonly #options: AuditOptions;
  /** The part of the range that can be judged. */
  readonly #range: TimeRange;
  readonly #excludedFromMs: number | undefined;
  readonly #books: AuditBooks;
  /** Facts of the archive. */
  readonly #known = new HashTable();
  readonly #counts = newReadCounts();
  readonly #damages: Damage[] = [];
  readonly #lost = { count: 0, elsewhere: 0, some: [] as LostObject[] };
  readonly #witnesses: string[] = [];
  /** Why a witness does not speak. */
  readonly #silent: string[] = [];
  #unarchived = 0;
  #journalProblem: string | undefined;

  constructor(sources: AuditSources, options: AuditOptions) {
    const { range, nowMs, archiveLagMs } = options;
    this.#sources = sources;
    this.#options = options;
    const judgedToMs = nowMs - archiveLagMs;
    this.#excludedFromMs = !sources.journal && range.toMs > judgedToMs ? judgedToMs : undefined;
    this.#range = { ...range, toMs: this.#excludedFromMs ?? range.toMs };
    this.#books = new AuditBooks(this.#range);
    this.#close(false);
  }

  async run(): Promise<AuditReport> {
    const positions = await this.#readPositions();
    await this.#readArchive();
    await this.#readBuckets();
    await this.#readVersions();
    await this.#readJournal(positions);
    await this.#readEarlierEnds();
    return this.#report();
  }

  #close(isJournalRead: boolean): void {
    const { nowMs, retentionMs } = this.#options;
    this.#books.close({ nowMs, retentionMs, isJournalRead });
  }

  async #readPositions(): Promise<ShardPosition[]> {
    try {
      return (await this.#sources.journal?.positions?.read()) ?? [];
    } catch {
      // Then the facts of the journal have to tell, which is less exact.
      return [];
    }
  }

  /** What becomes of an event is told after it was received; later than the journal and parking allow, only replays come. */
  get #archiveRanges(): [TimeRange, TimeRange] {
    const { nowMs, retentionMs } = this.#options;
    const { fromMs, toMs } = this.#range;
    const endMs = nowMs + HOUR_MS;
    const middleMs = Math.min(endMs, toMs + retentionMs + LONGEST_PARKED_MS);
    return [
      { fromMs, toMs: middleMs },
      { fromMs: middleMs, toMs: endMs },
    ];
  }

  async #readArchive(): Promise<void> {
    const [usual, later] = this.#archiveRanges;
    await this.#readArchiveOf(usual);
    const isMore = later.fromMs < later.toMs;
    if (isMore && this.#books.open().events > 0) await this.#readArchiveOf(later);
  }

  async #readArchiveOf(range: TimeRange): Promise<void> {
    const options = { range, counts: this.#counts, known: this.#known };
    await this.#read(readHeads(this.#sources.archive, options), (fact, atMs) =>
      this.#books.take(fact, atMs),
    );
  }

  async #readBuckets(): Promise<void> {
    const { spill, failures, dispatchFunctionName: functionName } = this.#sources;
    const options = { range: this.#range, counts: this.#counts };
    if (spill) {
      await this.#read(readSpill(spill, options), (fact) => this.#books.takeSpilled(fact));
      await this.#read(readParked(spill, options), (fact) => this.#books.takeParked(fact));
    }
    await this.#read(readFailures(failures, { ...options, functionName }), (fact) =>
      this.#books.takeGivenUp(fact),
    );
  }

  async #read(
    batches: AsyncIterable<Entry<FactHead>[]>,
    take: (fact: FactHead, atMs: number) => void,
  ): Promise<void> {
    for await (const batch of batches) {
      for (const entry of batch) {
        if (entry.kind === 'fact') take(entry.fact, entry.atMs);
        else if (this.#damages.length < PLACES_SHOWN) this.#damages.push(entry);
      }
      this.#options.onProgress?.(this.#counts);
    }
  }

  /** Asks the archive's bucket whether it was whole all the time. */
  async #readVersions(): Promise<void> {
    const { versions } = this.#sources;
    if (!versions) return;
    try {
      if (!(await versions.isKept()))
        return void this.#silent.push('the archive bucket keeps no versions of its objects');
      for await (const lost of this.#listLost(versions)) this.#takeLost(lost);
      this.#addWitness('the versions of the archive bucket', versions.keptMs);
    } catch (error) {
      this.#silent.push(`the versions of the archive bucket cannot be read: ${messageOf(error)}`);
    }
  }

  /** What was read, or with `lostWithinMs` the whole archive. */
  async *#listLost(versions: ObjectVersions): AsyncGenerator<LostObject> {
    const isWhole = this.#options.lostWithinMs !== undefined;
    for (const prefix of isWhole ? [FACTS_PREFIX] : this.#prefixes)
      yield* versions.listLost(prefix);
  }

  get #prefixes(): string[] {
    const [{ fromMs }, { toMs }] = this.#archiveRanges;
    return partitionsOf(FACTS_PREFIX, { fromMs, toMs });
  }

  #takeLost(lost: LostObject): void {
    const { nowMs, lostWithinMs = 0 } = this.#options;
    const isOfRange = this.#prefixes.some((prefix) => lost.key.startsWith(prefix));
    if (!isOfRange && nowMs - Date.parse(lost.at) > lostWithinMs) return;
    this.#lost[isOfRange ? 'count' : 'elsewhere'] += 1;
    if (this.#lost.some.length < PLACES_SHOWN) this.#lost.some.push(lost);
  }

  /** A witness speaks for a range only if it remembers all of it. */
  #addWitness(name: string, rememberedMs: number): void {
    const sinceMs = Math.max(this.#range.fromMs, this.#books.oldestMs);
    const remembersFromMs = this.#options.nowMs - rememberedMs;
    // No event at all: then the range itself has to be remembered.
    const neededMs = Number.isFinite(sinceMs) ? sinceMs : this.#range.fromMs;
    if (neededMs >= remembersFromMs || neededMs === Number.NEGATIVE_INFINITY)
      this.#witnesses.push(name);
    else
      this.#silent.push(
        `${name}: remembered only from ${new Date(remembersFromMs).toISOString()} on`,
      );
  }

  async #readJournal(positions: ShardPosition[]): Promise<void> {
    const { journal } = this.#sources;
    const { nowMs, archiveLagMs, retentionMs } = this.#options;
    if (!journal) return;
    const open = this.#books.open();
    // Twice the lag: the older half is in the archive already, and shows whether that is so.
    const recentMs = nowMs - 2 * archiveLagMs;
    const isNeeded = journal.isWitness || open.events > 0 || this.#range.toMs > recentMs;
    if (!isNeeded) return;
    const fromMs = Math.min(recentMs, journal.isWitness ? this.#range.fromMs : recentMs);
    const span = { positions, fromMs, unknownFromMs: Math.min(recentMs, open.sinceMs) };
    const ledger = new JournalLedger(positions);
    try {
      const isRead = await readJournal(journal, span, (fact, record) =>
        ledger.take(fact, record, this.#takeOfJournal(fact, record)),
      );
      if (!isRead) this.#journalProblem = 'the journal was not read to its end in time';
      else {
        ledger.tellOpen(journal.invocationMs, (event, how) => this.#books.noteOpen(event, how));
        this.#close(true);
        if (journal.isWitness) this.#addWitness('the journal', retentionMs);
      }
    } catch (error) {
      this.#journalProblem = `the journal cannot be read: ${messageOf(error)}`;
    }
  }

  /** Returns the index of the fact's event. */
  #takeOfJournal(fact: Fact, record: StreamRecord): number {
    const { nowMs, archiveLagMs } = this.#options;
    const atMs = Date.parse(fact.at);
    if (atMs < this.#range.fromMs || !this.#known.addNew(identityOf(fact)))
      return this.#books.indexOf(fact.eventId);
    const index = this.#books.take(fact, atMs);
    const isDue = record.approximateArrivalMs < nowMs - archiveLagMs;
    if (isDue && this.#books.isReceivedAt(index)) this.#unarchived += 1;
    return index;
  }

  /** An id that the source sent again may have ended before the range: earlier versions appended no fact for a repetition. */
  async #readEarlierEnds(): Promise<void> {
    const { fromMs } = this.#range;
    if (!Number.isFinite(fromMs) || this.#books.open().events === 0) return;
    const range = { fromMs: fromMs - LOOK_BACK_MS, toMs: fromMs };
    const heads = readHeads(this.#sources.archive, { range, counts: this.#counts, unique: false });
    await this.#read(heads, (fact, atMs) => {
      const isOfUse = fact.type !== 'received' && this.#books.knows(fact.eventId);
      if (isOfUse && this.#known.addNew(identityOf(fact))) this.#books.take(fact, atMs);
    });
  }

  async #report(): Promise<AuditReport> {
    const { acked } = this.#options;
    const missing = await this.#findMissing();
    const isArchiveWitnessed = this.#witnesses.length > 0;
    if (missing.acked > 0) this.#witnesses.push(`${missing.acked} acknowledged ids`);
    const { events, offences: inBooks, createdAgain } = this.#books.tally();
    const sample = await this.#sample();
    const offenders = await this.#findOffenders();
    const offences = {
      ...inBooks,
      missing: missing.count,
      notAtTarget: sample?.absent.length ?? 0,
    };
    const { verdict, findings } = judgeAudit({
      offences,
      damaged: this.#counts.damaged,
      lostObjects: this.#lost.count,
      lostElsewhere: this.#lost.elsewhere,
      unarchived: this.#unarchived,
      journalProblem: this.#journalProblem,
      isArchiveWitnessed,
      witnessProblem: this.#witnessProblem,
      isEndExcluded: this.#excludedFromMs !== undefined,
      unanswered: sample?.unanswered ?? 0,
    });
    return {
      verdict,
      holds: verdict === 'holds',
      findings,
      witnesses: this.#witnesses,
      events,
      offences,
      offenders: { ...offenders, missing: missing.ids, notAtTarget: sample?.absent ?? [] },
      createdAgain,
      acked: acked ? missing.acked : undefined,
      sampled: sample && {
        asked: sample.asked,
        found: sample.found,
        unanswered: sample.unanswered,
      },
      excludedFrom:
        this.#excludedFromMs === undefined
          ? undefined
          : new Date(this.#excludedFromMs).toISOString(),
      archive: this.#counts,
      damages: this.#damages,
      lostObjects: this.#lost,
      unarchived: this.#unarchived,
    };
  }

  get #witnessProblem(): string | undefined {
    if (this.#witnesses.length > 0) return undefined;
    const why = this.#silent.length > 0 ? ` (${this.#silent.join('; ')})` : '';
    return `nothing besides the archive shows that no object of it is gone${why}: name the acknowledged ids with --acked, or a range that is remembered`;
  }

  async #findMissing() {
    const { acked, shown } = this.#options;
    const ids: string[] = [];
    let count = 0;
    let all = 0;
    for await (const eventId of acked ?? []) {
      all += 1;
      if (this.#books.knows(eventId)) continue;
      count += 1;
      if (ids.length < shown) ids.push(eventId);
    }
    return { ids, count, acked: all };
  }

  async #sample() {
    const { sample } = this.#options;
    if (!sample) return undefined;
    const { archive } = this.#sources;
    return sampleDelivered({ ...sample, books: this.#books, archive, range: this.#range });
  }

  /** The books hold no ids: they are read again, as far as need be. */
  async #findOffenders(): Promise<Record<Offence, string[]>> {
    const { shown } = this.#options;
    const found: Record<Offence, string[]> = {
      unaccounted: [],
      unjudged: [],
      neverReceived: [],
      deliveredTwice: [],
      givenUp: [],
    };
    let wanted = this.#books.offendersToName(shown);
    if (wanted === 0) return found;
    for await (const fact of this.#factsAgain()) {
      const offence = this.#books.nameOffender(fact);
      if (!offence || found[offence].length >= shown) continue;
      found[offence].push(fact.eventId);
      wanted -= 1;
      if (wanted === 0) break;
    }
    return found;
  }

  async *#factsAgain(): AsyncGenerator<FactHead> {
    const { dispatchFunctionName: functionName, archive, failures } = this.#sources;
    const sources = [
      ...this.#archiveRanges.map((range) => readHeads(archive, { range, unique: false })),
      readFailures(failures, { range: this.#range, functionName }),
    ];
    for (const source of sources)
      for await (const batch of source)
        yield* batch.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
  }
}

import {
  type Damage,
  type Entry,
  newReadCounts,
  type Place,
  type ReadCounts,
} from '../archive/entry.ts';
import { HashTable, uint32Column } from '../archive/hash-table.ts';
import type { TimeRange } from '../archive/partitions.ts';
import { readArchive, readHeads, readParked } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import type { FactHead } from '../event/fact-head.ts';
import { FREE_BIT } from '../event/state.ts';
import type { FactStores } from './audit-sources.ts';
import { EventTable } from './event-table.ts';
import { judge, matches, needsStates, type Selection } from './selection.ts';

const MATCHED = FREE_BIT;
const SELECTED = FREE_BIT << 1;
const TAKEN = FREE_BIT << 2;
/** Dispatch may still deliver it: it is in the journal, or parked in the spill bucket. */
const HELD = FREE_BIT << 3;

/** What a replay would append, found by reading the archive once. It keeps no ids: appending reads the chosen objects again. */
export interface Plan {
  selection: Selection;
  /** The part of the archive that was read. */
  archiveRange: TimeRange;
  events: number;
  /** Events left out because dispatch may still deliver them. */
  waiting: number;
  /** Events left out because their facts may be wrong, though they look right: they stand in an object whose content is damaged. */
  wrong: number;
  /** Objects that hold a fact to be appended. */
  objects: number;
  counts: ReadCounts;
  damages: Damage[];
  /** Returns whether the selection's source has the event, in any state. */
  isFound: (eventId: string) => boolean;
  /** Whether the object has to be read again. */
  wants: (key: string) => boolean;
  /** Whether the fact is of a chosen event that was not taken yet. */
  has: (entry: FactEntry) => boolean;
  /** As `has`, and takes it: true once for each event. */
  take: (entry: FactEntry) => boolean;
}

type FactEntry = Extract<Entry<FactHead>, { kind: 'fact' }>;

const DAMAGES_KEPT = 20;

export interface PlanOptions {
  nowMs: number;
  /** True of a fact that has been appended already, by the run that is taken up again. */
  isDone?: (place: Place, eventId: string) => boolean;
  /**
   * Reads the end of the journal, which the archive may not hold yet: hands its facts over, and returns the events that dispatch may still deliver.
   * Absent where there is no journal.
   */
  readJournal?: (onFact: (fact: FactHead) => void) => Promise<Iterable<string>>;
  onProgress?: (counts: ReadCounts) => void;
}

/** Finds what the selection is about. Rejects when a store cannot be reached. */
export async function planReplay(
  stores: FactStores,
  selection: Selection,
  options: PlanOptions,
): Promise<Plan> {
  const draft = new PlanDraft(selection, options.isDone);
  const counts = newReadCounts();
  await holdBack(draft, stores, options, counts);
  for (const source of sourcesOf(stores, selection, options.nowMs, counts))
    for await (const batch of source.read()) {
      for (const entry of batch) draft.take(entry, source.offers);
      options.onProgress?.(counts);
    }
  return draft.finish(counts, archiveRange(selection, options.nowMs));
}

/** Finds what dispatch may still deliver. What is parked is read first: what is released meanwhile is in the journal when that is read. */
async function holdBack(
  draft: PlanDraft,
  { spill }: FactStores,
  { readJournal, onProgress }: PlanOptions,
  counts: ReadCounts,
): Promise<void> {
  if (spill)
    for await (const batch of readParked(spill, { counts })) {
      for (const entry of batch) if (entry.kind === 'fact') draft.hold(entry.fact.eventId);
      onProgress?.(counts);
    }
  const inFlight = await readJournal?.((fact) => draft.noteEnd(fact));
  for (const eventId of inFlight ?? []) draft.hold(eventId);
}

/** What is read, and whether what is found there can be replayed or only tells what became of an event. */
function sourcesOf(
  { archive, failures, dispatchFunctionName: functionName }: FactStores,
  selection: Selection,
  nowMs: number,
  counts: ReadCounts,
): { offers: boolean; read: () => AsyncIterable<Entry<FactHead>[]> }[] {
  const { range } = selection;
  const options = { range: archiveRange(selection, nowMs), unique: false, counts };
  // The name stands in the payload.
  const read = selection.name === undefined ? readHeads : readArchive;
  const fromArchive = () => read(archive, options);
  if (selection.source === 'archive') return [{ offers: true, read: fromArchive }];
  const fromFailures = () => readFailures(failures, { range, functionName, counts });
  return [
    { offers: true, read: fromFailures },
    { offers: false, read: fromArchive },
  ];
}

/** The archive is read until now: what was spilled or parked for days lies under the time at which it arrived. Pure. */
function archiveRange({ range }: Selection, nowMs: number): TimeRange {
  return { fromMs: range.fromMs, toMs: Math.max(nowMs, range.toMs) };
}

class PlanDraft {
  readonly #selection: Selection;
  readonly #needsStates: boolean;
  readonly #table = new EventTable();
  /** Of each event, the number of the object with its first matching fact. */
  readonly #objects = uint32Column();
  /** Of each event, when Lambda gave it up, in Unix seconds; 0 for never. */
  readonly #givenUpAt = uint32Column();
  readonly #keys: string[] = [];
  readonly #damages: Damage[] = [];
  /** Objects whose facts may be wrong. */
  readonly #wrongKeys = new Set<string>();

  readonly #held = new HashTable();
  readonly #isDone: NonNullable<PlanOptions['isDone']>;

  constructor(selection: Selection, isDone: PlanOptions['isDone'] = () => false) {
    this.#selection = selection;
    this.#isDone = isDone;
    this.#needsStates = needsStates(selection);
  }

  take(entry: Entry<FactHead>, offers: boolean): void {
    if (entry.kind === 'damaged') {
      if (this.#damages.length < DAMAGES_KEPT) this.#damages.push(entry);
      if (entry.isContentWrong) this.#wrongKeys.add(entry.key);
      return;
    }
    const { fact, atMs } = entry;
    if (offers && matches(fact, atMs, this.#selection)) this.#match(entry);
    else if (this.#isOfUse(fact, offers)) this.#table.fold(fact.eventId, fact, atMs);
  }

  /** Leaves an event out: dispatch may still deliver it. */
  hold(eventId: string): void {
    this.#held.add(eventId);
  }

  /** Takes an end that the archive may not hold yet. */
  noteEnd(fact: FactHead): void {
    if (this.#needsStates && fact.type !== 'received') this.#table.fold(fact.eventId, fact);
  }

  finish(counts: ReadCounts, archiveRange: TimeRange): Plan {
    const wanted = new Set<string>();
    let events = 0;
    let waiting = 0;
    let wrong = 0;
    for (let index = 0; index < this.#table.size; index++) {
      const verdict = this.#verdictAt(index);
      if (verdict === 'waits') waiting += 1;
      const key = this.#keys[this.#objects.get(index)] ?? '';
      if (verdict === 'selected' && this.#wrongKeys.has(key)) {
        wrong += 1;
        continue;
      }
      if (verdict !== 'selected' || events >= this.#selection.limit) continue;
      events += 1;
      this.#table.markAt(index, SELECTED);
      wanted.add(key);
    }
    return {
      selection: this.#selection,
      archiveRange,
      events,
      waiting,
      wrong,
      objects: wanted.size,
      counts,
      damages: this.#damages,
      isFound: (id) => (this.#table.stateAt(this.#table.indexOf(id)) & MATCHED) !== 0,
      wants: (key) => wanted.has(key),
      has: (entry) => this.#indexOfUntaken(entry) >= 0,
      take: (entry) => this.#takeOnce(entry),
    };
  }

  #match({ fact, atMs, key, line, givenUpMs = 0 }: FactEntry): void {
    if (this.#keys.at(-1) !== key) this.#keys.push(key);
    const index = this.#table.fold(fact.eventId, fact, atMs);
    if (this.#held.has(fact.eventId)) this.#table.markAt(index, HELD);
    const givenUpAt = Math.ceil(givenUpMs / 1000);
    if (givenUpAt > this.#givenUpAt.get(index)) this.#givenUpAt.set(index, givenUpAt);
    if (this.#isDone({ key, line }, fact.eventId)) this.#table.markAt(index, TAKEN);
    if (this.#table.stateAt(index) & MATCHED) return;
    this.#table.markAt(index, MATCHED);
    this.#objects.set(index, this.#keys.length - 1);
  }

  /** What has become of events that the selection cannot be about need not be known. */
  #isOfUse({ eventId }: FactHead, offers: boolean): boolean {
    if (!this.#needsStates) return false;
    if (!offers) return this.#table.indexOf(eventId) >= 0;
    return this.#selection.ids?.has(eventId) ?? true;
  }

  #verdictAt(index: number): ReturnType<typeof judge> {
    const state = this.#table.stateAt(index);
    if (!(state & MATCHED) || state & TAKEN) return 'unwanted';
    const givenUpMs = this.#givenUpAt.get(index) * 1000;
    const receivedMs = this.#table.receivedMsAt(index);
    const dueMs = this.#table.dueMsAt(index);
    const verdict = judge(state, { receivedMs, dueMs, givenUpMs }, this.#selection);
    return verdict === 'selected' && state & HELD ? 'waits' : verdict;
  }

  #takeOnce(entry: FactEntry): boolean {
    const index = this.#indexOfUntaken(entry);
    if (index < 0) return false;
    this.#table.markAt(index, TAKEN);
    return true;
  }

  #indexOfUntaken({ fact, atMs }: FactEntry): number {
    if (!matches(fact, atMs, this.#selection)) return -1;
    const index = this.#table.indexOf(fact.eventId);
    const state = this.#table.stateAt(index);
    return state & SELECTED && !(state & TAKEN) ? index : -1;
  }
}

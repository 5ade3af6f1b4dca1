import { type Damage, type Entry, newReadCounts, type ReadCounts } from '../archive/entry.ts';
import type { TimeRange } from '../archive/partitions.ts';
import { readHeads, readParked, readSpill } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { ObjectStore } from '../object-store.ts';
import { AuditBooks, type Offence, type Tally } from './audit-books.ts';
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

export interface AuditOptions {
  /** When the events were received. */
  range: TimeRange;
  nowMs: number;
  /** An event that has not ended after this long, and lies nowhere else, is unaccounted for. */
  pendingWithinMs: number;
  /** Ids that ingest acknowledged. */
  acked?: AsyncIterable<string> | undefined;
  /** At most so many ids of each offence are listed. */
  shown: number;
  onProgress?: (counts: ReadCounts) => void;
}

export interface AuditReport {
  holds: boolean;
  /** Events by where they stand; `received` is the sum of those that follow it. */
  events: Tally;
  /** How many offend, by how. What breaks the law is `unaccounted`, `neverReceived`, `deliveredTwice` and `missing`. */
  offences: Record<Offence | 'missing', number>;
  /** Some of them. */
  offenders: Record<Offence | 'missing', string[]>;
  acked: number | undefined;
  archive: ReadCounts;
  /** Some of what could not be read. */
  damages: Damage[];
}

/** At most so many damaged places are told. */
const DAMAGES_SHOWN = 20;

/**
 * Proves conservation from the facts alone: every event received in the range is delivered, dead-lettered, given up (and
 * whole in the failures bucket), parked (and whole in the spill bucket), or may still be delivered. Rejects when a store cannot be reached.
 */
export async function audit(stores: FactStores, options: AuditOptions): Promise<AuditReport> {
  const books = new AuditBooks(options);
  const damages: Damage[] = [];
  const counts = newReadCounts();
  const note = async (
    batches: AsyncIterable<Entry<FactHead>[]>,
    take: (fact: FactHead, atMs: number) => void,
  ) => {
    for await (const batch of batches) {
      for (const entry of batch) {
        if (entry.kind === 'fact') take(entry.fact, entry.atMs);
        else if (damages.length < DAMAGES_SHOWN) damages.push(entry);
      }
      options.onProgress?.(counts);
    }
  };
  const { range, nowMs } = options;
  const facts = { range: factRange(options), counts };
  await note(readHeads(stores.archive, facts), (fact, atMs) => books.take(fact, atMs));
  const others = { range, counts };
  if (stores.spill) {
    await note(readSpill(stores.spill, others), (fact) => books.takeSpilled(fact));
    await note(readParked(stores.spill, others), (fact) => books.takeParked(fact));
  }
  const { dispatchFunctionName: functionName } = stores;
  await note(readFailures(stores.failures, { ...others, functionName }), (fact) =>
    books.takeGivenUp(fact),
  );
  const missing = await findMissing(books, options);
  const { events, offences } = books.tally(nowMs);
  const offenders = await findOffenders(stores, books, options);
  const lawful = offences.unaccounted + offences.neverReceived + offences.deliveredTwice === 0;
  return {
    holds: lawful && missing.count === 0,
    events,
    offences: { ...offences, missing: missing.count },
    offenders: { ...offenders, missing: missing.ids },
    acked: options.acked ? missing.acked : undefined,
    archive: counts,
    damages,
  };
}

/** The most that `straggler_max_age_hours` may be, and the release of the last return. */
const LONGEST_PARKED_MS = 160 * 3_600_000 + RELEASED_WITHIN_MS;

/** What becomes of an event is told after it was received; later than this nothing comes but replays. */
function factRange({ range, nowMs, pendingWithinMs }: AuditOptions): TimeRange {
  const toMs = Math.min(nowMs, range.toMs) + pendingWithinMs + LONGEST_PARKED_MS;
  return { fromMs: range.fromMs, toMs };
}

async function findMissing(books: AuditBooks, { acked, shown }: AuditOptions) {
  const ids: string[] = [];
  let count = 0;
  let all = 0;
  for await (const eventId of acked ?? []) {
    all += 1;
    if (books.knows(eventId)) continue;
    count += 1;
    if (ids.length < shown) ids.push(eventId);
  }
  return { ids, count, acked: all };
}

/** The books hold no ids: they are read again, as far as need be. */
async function findOffenders(
  stores: FactStores,
  books: AuditBooks,
  options: AuditOptions,
): Promise<Record<Offence, string[]>> {
  const { shown } = options;
  const found: Record<Offence, string[]> = {
    unaccounted: [],
    neverReceived: [],
    deliveredTwice: [],
    givenUp: [],
  };
  let wanted = books.offendersToName(shown);
  if (wanted === 0) return found;
  for await (const fact of factsAgain(stores, options)) {
    const offence = books.nameOffender(fact);
    if (!offence || found[offence].length >= shown) continue;
    found[offence].push(fact.eventId);
    wanted -= 1;
    if (wanted === 0) break;
  }
  return found;
}

async function* factsAgain(stores: FactStores, options: AuditOptions): AsyncGenerator<FactHead> {
  const { dispatchFunctionName: functionName, archive, failures } = stores;
  const sources = [
    readHeads(archive, { range: factRange(options), unique: false }),
    readFailures(failures, { range: options.range, functionName }),
  ];
  for (const source of sources)
    for await (const batch of source)
      yield* batch.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
}

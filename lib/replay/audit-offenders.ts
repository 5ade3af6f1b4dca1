import { readHeads } from '../archive/read-archive.ts';
import { readFailures } from '../archive/read-failures.ts';
import type { FactHead } from '../event/fact-head.ts';
import type { AuditBooks } from './audit-books.ts';
import type { AuditReading } from './audit-reading.ts';
import type { AuditOptions, AuditSources } from './audit-sources.ts';
import type { Offence } from './audit-tally.ts';

/** Compares the acknowledged ids with the books: how many there are, how many of them were never received, and some of those. */
export async function findMissing(books: AuditBooks, { acked = none(), shown }: AuditOptions) {
  const missing = { ids: [] as string[], count: 0, acked: 0 };
  for await (const eventId of acked) {
    missing.acked += 1;
    if (books.knows(eventId)) continue;
    missing.count += 1;
    if (missing.ids.length < shown) missing.ids.push(eventId);
  }
  return missing;
}

async function* none(): AsyncGenerator<string> {}

/** Names at most `shown` events of each offence. The books hold no ids: the facts are read again, as far as need be. */
export async function findOffenders(
  reading: AuditReading,
  sources: AuditSources,
  { shown, onProgress }: AuditOptions,
): Promise<Record<Offence, string[]>> {
  const { books } = reading;
  const found: Record<Offence, string[]> = {
    unaccounted: [],
    unjudged: [],
    neverReceived: [],
    deliveredTwice: [],
    givenUp: [],
  };
  let wanted = books.offendersToName(shown);
  if (wanted === 0) return found;
  onProgress?.('reading the archive again, for the ids of what was found');
  for await (const fact of factsAgain(reading, sources)) {
    const offence = books.nameOffender(fact);
    if (!offence || found[offence].length >= shown) continue;
    found[offence].push(fact.eventId);
    wanted -= 1;
    if (wanted === 0) break;
  }
  return found;
}

async function* factsAgain(
  { archiveRanges, range }: AuditReading,
  { dispatchFunctionName: functionName, archive, failures }: AuditSources,
): AsyncGenerator<FactHead> {
  const batches = [
    ...archiveRanges.map((part) => readHeads(archive, { range: part, unique: false })),
    readFailures(failures, { range, functionName }),
  ];
  for (const source of batches)
    for await (const batch of source)
      yield* batch.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
}

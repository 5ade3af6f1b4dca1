import { HashTable } from '../archive/hash-table.ts';
import { readHeads } from '../archive/read-archive.ts';
import { decodeFact } from '../event/decode.ts';
import { payloadDigest } from '../event/payload-digest.ts';
import type { AuditReading } from './audit-reading.ts';
import type { AuditOptions, AuditSources } from './audit-sources.ts';

/**
 * Finds events that came with several bodies under one id: how many there are, and some of their ids. The books only know which ids were
 * sent more than once: the payloads of those are read again. Several bodies of one millisecond count as copies.
 */
export async function findConflicts(
  reading: AuditReading,
  { archive }: AuditSources,
  { shown, onProgress }: AuditOptions,
): Promise<{ count: number; ids: string[] }> {
  const conflicts = { count: 0, ids: [] as string[] };
  const { sentAgain } = reading.books;
  if (sentAgain === 0) return conflicts;
  onProgress?.(`comparing the bodies of ${sentAgain} events that were sent again`);
  const bodies = new BodyTable();
  for await (const { eventId, digest } of bodiesOf(reading, archive)) {
    if (!bodies.addSecond(eventId, digest)) continue;
    conflicts.count += 1;
    if (conflicts.ids.length < shown) conflicts.ids.push(eventId);
  }
  return conflicts;
}

/** The bodies of the events that were sent again. */
async function* bodiesOf(reading: AuditReading, archive: AuditSources['archive']) {
  for await (const { fact, text } of receiptsOf(reading, archive)) {
    const digest = reading.books.isSentAgain(fact.eventId) ? digestOf(text) : undefined;
    if (digest !== undefined) yield { eventId: fact.eventId, digest };
  }
}

async function* receiptsOf({ archiveRanges }: AuditReading, archive: AuditSources['archive']) {
  for (const range of archiveRanges)
    for await (const batch of readHeads(archive, { range, unique: false }))
      for (const entry of batch)
        if (entry.kind === 'fact' && entry.fact.type === 'received') yield entry;
}

/** Absent of a fact whose payload is damaged. */
function digestOf(text: string): string | undefined {
  const decoding = decodeFact(text);
  return decoding.valid && decoding.fact.type === 'received'
    ? payloadDigest(decoding.fact.payload)
    : undefined;
}

/** The bodies of each event, some 60 bytes an event. */
class BodyTable {
  readonly #bodies = new HashTable();
  readonly #events = new HashTable();
  readonly #conflicts = new HashTable();

  /** Adds a body; true if it is the second one of its event. */
  addSecond(eventId: string, digest: string): boolean {
    if (!this.#bodies.addNew(`${eventId}\n${digest}`)) return false;
    return !this.#events.addNew(eventId) && this.#conflicts.addNew(eventId);
  }
}

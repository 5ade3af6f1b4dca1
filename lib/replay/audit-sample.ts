import type { TimeRange } from '../archive/partitions.ts';
import { readArchive } from '../archive/read-archive.ts';
import type { ReceivedFact } from '../event/fact.ts';
import type { ObjectStore } from '../object-store.ts';
import type { AuditBooks } from './audit-books.ts';

/** Asks the target about one event, by the contract's lookup, at a pace that the target bears. Never rejects. */
export type AskTarget = (fact: ReceivedFact) => Promise<'found' | 'absent' | 'unanswered'>;

export interface Sample {
  asked: number;
  found: number;
  unanswered: number;
  /** Events that the facts say are delivered, and that the target does not have. */
  absent: string[];
}

/** Asks the target about delivered events that are chosen at random. The books hold no payloads: the archive is read again. */
export async function sampleDelivered(options: {
  books: AuditBooks;
  archive: ObjectStore;
  range: TimeRange;
  count: number;
  ask: AskTarget;
  random: () => number;
  onProgress?: ((what: string) => void) | undefined;
}): Promise<Sample> {
  const { books, archive, range, count, ask, random, onProgress } = options;
  const sample: Sample = { asked: 0, found: 0, unanswered: 0, absent: [] };
  let left = books.sample(count, random);
  for await (const fact of left > 0 ? receivedFacts(archive, range) : []) {
    if (!books.takeSampled(fact.eventId)) continue;
    sample.asked += 1;
    onProgress?.(`asking the target about a sample: ${sample.asked} of ${sample.asked + left - 1}`);
    const answer = await ask(fact);
    if (answer === 'absent') sample.absent.push(fact.eventId);
    else sample[answer] += 1;
    left -= 1;
    if (left === 0) break;
  }
  return sample;
}

async function* receivedFacts(
  archive: ObjectStore,
  range: TimeRange,
): AsyncGenerator<ReceivedFact> {
  for await (const batch of readArchive(archive, { range, unique: false }))
    for (const entry of batch)
      if (entry.kind === 'fact' && entry.fact.type === 'received') yield entry.fact;
}

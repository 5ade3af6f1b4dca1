import { readArchive } from '../../lib/archive/read-archive.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { EventList, EventQuery } from '../../lib/console/console-source.ts';
import { EventSearch, searchedFact } from '../../lib/console/event-search.ts';
import { messageOf } from '../../lib/errors.ts';
import { readJournal } from '../../lib/replay/journal-tail.ts';
import type { Stack } from '../stack/stack.ts';

/** A search reads at most so many facts: about three seconds and some hundred megabytes. */
const MOST_FACTS = 300_000;

/** Events that a search shows. */
const SHOWN = 100;

/** The end of the journal is read for at most this. */
const JOURNAL_MS = 5000;

/** The archive takes this long beyond its buffer. */
const ARCHIVE_MARGIN_MS = 60_000;

/**
 * Finds events. An id is looked up in the status table, which is about a second behind; anything else by reading the archive from the beginning of the range
 * until now, and the end of the journal, which the archive does not hold yet.
 */
export async function findEvents(
  stack: Stack,
  query: EventQuery,
  most = SHOWN,
): Promise<EventList> {
  if (query.id !== undefined && stack.status) {
    const facts = await stack.status.of(query.id);
    const search = new EventSearch();
    for (const fact of facts) search.take(searchedFact(fact));
    const events = search.find({ ...query, fromMs: 0, toMs: Number.POSITIVE_INFINITY });
    if (events.length > 0)
      return { events, found: events.length, factsRead: facts.length, notes: [] };
  }
  return searchFacts(stack, query, most);
}

async function searchFacts(stack: Stack, query: EventQuery, most: number): Promise<EventList> {
  const search = new EventSearch();
  const notes: string[] = [];
  let factsRead = 0;
  const range = { fromMs: query.fromMs, toMs: Date.now() };
  for await (const batch of readArchive(stack.archive, { range })) {
    for (const entry of batch) if (entry.kind === 'fact') search.take(searchedFact(entry.fact));
    factsRead += batch.length;
    if (factsRead < MOST_FACTS) continue;
    notes.push(
      `Only the first ${factsRead} facts since the beginning of the time were read: choose a shorter time.`,
    );
    break;
  }
  factsRead += await searchJournal(stack, search, query.fromMs, notes);
  const events = search.find(query);
  return { events: events.slice(0, most), found: events.length, factsRead, notes };
}

/** Reads what the archive may not hold yet. Returns the number of facts. */
async function searchJournal(
  { live, settings }: Stack,
  search: EventSearch,
  fromMs: number,
  notes: string[],
): Promise<number> {
  if (!live) return 0;
  const behindMs = 2 * settings.archive_buffer_seconds * 1000 + ARCHIVE_MARGIN_MS;
  const timestampMs = Math.max(fromMs, Date.now() - behindMs);
  let facts = 0;
  try {
    const isWhole = await readJournal({
      ...{ reader: live.reader, clock, untilMs: Date.now() + JOURNAL_MS },
      startOf: () => ({ type: 'AT_TIMESTAMP', timestampMs }),
      onFact(fact) {
        search.take(searchedFact(fact));
        facts += 1;
      },
    });
    if (!isWhole)
      notes.push(
        `The end of the journal could not be read within ${JOURNAL_MS / 1000} s: the newest events are missing.`,
      );
  } catch (error) {
    notes.push(
      `The journal cannot be read, so events of the last minutes may be missing: ${messageOf(error)}`,
    );
  }
  return facts;
}

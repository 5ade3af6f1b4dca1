import {
  type Damage,
  identityOf,
  newReadCounts,
  type ReadCounts,
} from '../../lib/archive/entry.ts';
import type { HistorySource, ParkedDelivery } from '../../lib/archive/event-history.ts';
import { ALL_TIME, isWithin, type TimeRange } from '../../lib/archive/partitions.ts';
import { messageOf } from '../../lib/errors.ts';
import { conflictingBodies } from '../../lib/event/conflicts.ts';
import { inOrderOfLife } from '../../lib/event/life-order.ts';
import type { EventFacts } from '../../lib/ports.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';

/** A fact, with its payload only where the archive holds it, and where it was found. */
export interface TracedFact {
  fact: TimelineEntry;
  /** Such as `archive facts/dt=…/….gz, line 12`, or `status table`. */
  where: string;
}

/** What is known of one event, and by whom. */
export interface TraceHistory {
  /** First things first. */
  facts: TracedFact[];
  /** What waits in the spill bucket until it is due; not looked for where the status table knows all of the event's life. */
  parked: ParkedDelivery[];
  /** For people: who answered, and how old the answer may be. */
  source: string;
  /** Why the archive was asked although there is a status table. */
  notes: string[];
  /** Of the archive, as far as it was asked. */
  damages: Damage[];
  counts: ReadCounts;
}

const STATUS = 'status table';
const BEHIND = 'which is about a second behind';

interface StatusAnswer {
  facts: TimelineEntry[];
  /** Why it is not the whole answer; absent where it is. */
  lack?: string;
}

/**
 * Looks up an event's life: in the status table, and in the archive if there is no such table, if its response lacks something, or if payloads are
 * wanted. If the table knows the whole life, only the event's own hours of the archive are read. Results add up over repeated reads.
 */
export function createTraceHistory(options: {
  status: EventFacts | undefined;
  archive: HistorySource;
  /** The table keeps none. */
  withPayloads?: boolean | undefined;
}): { read(eventId: string, range?: TimeRange): Promise<TraceHistory> } {
  const { status, archive, withPayloads = false } = options;
  const found = new Map<string, TracedFact>();
  let reading = { damages: [] as Damage[], counts: newReadCounts() };

  function keep(known: TracedFact[]): void {
    for (const one of known) {
      const identity = identityOf(one.fact);
      const known = found.get(identity);
      if (!known || (known.where === STATUS && one.where !== STATUS)) found.set(identity, one);
    }
  }

  function historyOf(range: TimeRange) {
    const within = [...found.values()].filter(({ fact }) => isWithin(Date.parse(fact.at), range));
    return inOrderOfLife(within, ({ fact }) => fact);
  }

  return {
    async read(eventId, range = ALL_TIME) {
      const answer = status && (await askStatus(status, eventId));
      keep(answer?.facts.map((fact) => ({ fact, where: STATUS })) ?? []);
      const isWhole = answer !== undefined && answer.lack === undefined;
      if (isWhole && !withPayloads) {
        const facts = historyOf(range);
        const notes = conflictNotes(facts);
        return { facts, parked: [], source: `the ${STATUS}, ${BEHIND}`, notes, ...reading };
      }
      const within = isWhole ? hoursOf(answer.facts, range) : range;
      const { facts: archived, parked, damages, counts } = await archive.read(eventId, within);
      reading = { damages, counts };
      keep(archived);
      const facts = historyOf(range);
      const both = facts.some(({ where }) => where === STATUS);
      const source = both ? `the ${STATUS} and ${archive.name}` : archive.name;
      const notes = [...(answer?.lack ? [answer.lack] : []), ...conflictNotes(facts)];
      return { facts, parked, source, notes, ...reading };
    },
  };
}

/** The time in which the event's facts happened, as far as it is asked for. */
function hoursOf(facts: TimelineEntry[], { fromMs, toMs }: TimeRange): TimeRange {
  const times = facts.map(({ at }) => Date.parse(at));
  return {
    fromMs: Math.max(fromMs, Math.min(...times)),
    toMs: Math.min(toMs, Math.max(...times) + 1),
  };
}

function conflictNotes(facts: TracedFact[]): string[] {
  const bodies = conflictingBodies(facts.map(({ fact }) => fact));
  if (bodies.length === 0) return [];
  const times = bodies.map(({ receivedAt }) => receivedAt).join(', ');
  return [
    `CONFLICT: ${bodies.length} different bodies came under this id, first at ${times}. The target has one of them at most; the source has to send the others under ids of their own.`,
  ];
}

/** Everything the table knows of an event, at any time: what it lacks is judged before a range leaves something out. */
async function askStatus(status: EventFacts, eventId: string): Promise<StatusAnswer> {
  try {
    const facts = await status.of(eventId);
    if (facts.length === 0)
      return {
        facts,
        lack: 'The status table has no row of it: it is too old, not yet there, or the table keeps problems only.',
      };
    // A table keeps rows for some time only, so that a late replay can outlive what it replayed.
    const isWhole = facts.some(({ type, replay }) => type === 'received' && !replay);
    return isWhole ? { facts } : { facts, lack: 'The status table does not hold its beginning.' };
  } catch (error) {
    const reason = messageOf(error) || (error as Error).name;
    return { facts: [], lack: `The status table cannot be read: ${reason}` };
  }
}

import type { Fact, ReceivedFact } from '../event/fact.ts';
import { inOrderOfLife } from '../event/life-order.ts';
import type { ObjectStore } from '../object-store.ts';
import { dueMsOf, mayBeParked } from '../recover/spill-key.ts';
import {
  type Damage,
  type FactEntry,
  identityOf,
  newReadCounts,
  type ReadCounts,
} from './entry.ts';
import { ALL_TIME, type TimeRange } from './partitions.ts';
import { readArchive, readParked, readSpill } from './read-archive.ts';

/** A fact, and where it was found. */
interface FoundFact {
  fact: Fact;
  /** Such as `archive facts/dt=…/….gz, line 12`. */
  where: string;
}

/** A delivery that waits in the spill bucket until it is due. */
export interface ParkedDelivery {
  deferral: number;
  /** Id of the replay that it belongs to. */
  runId?: string;
  /** ISO 8601 UTC. */
  until: string;
  failedAttempts: number;
  /** Such as `spill parked/…`. */
  where: string;
}

/** What a source of facts knows of one event. */
interface EventHistory {
  /** First things first. */
  facts: FoundFact[];
  /** Content of the spill bucket when it was read last. */
  parked: ParkedDelivery[];
  damages: Damage[];
  counts: ReadCounts;
}

/** Where the life of an event can be looked up. Other sources than the archive may know it sooner. */
export interface HistorySource {
  /** For people: where the answer comes from, and how old it may be. */
  name: string;
  /** Everything that is known of the event in the range; asked again, it also looks at what has come since. */
  read(eventId: string, range?: TimeRange): Promise<EventHistory>;
}

/** The archive as a source, and the spill bucket for what waits to be recovered or is parked. An object is read once, however often it is asked. */
export function createArchiveHistory(options: {
  archive: ObjectStore;
  spill?: ObjectStore | undefined;
  bufferSeconds: number;
}): HistorySource {
  const { archive, spill, bufferSeconds } = options;
  return {
    name: `the archive, which is up to ${bufferSeconds} s behind`,
    read: historyReader(archive, spill),
  };
}

function historyReader(archive: ObjectStore, spill: ObjectStore | undefined) {
  const read = new Set<string>();
  const found = new Map<string, FoundFact>();
  const damages: Damage[] = [];
  const counts = newReadCounts();

  async function* entriesOf(eventId: string, range: TimeRange) {
    // Facts are written by JSON.stringify, so that is how an id stands in them.
    const containing = `"eventId":${JSON.stringify(eventId)}`;
    const wants = (key: string) => !read.has(key) && read.add(key) !== undefined;
    for await (const batch of readArchive(archive, { range, counts, containing, wants }))
      for (const entry of batch) yield { store: 'archive', entry };
    if (!spill) return;
    for await (const batch of readSpill(spill, { range, counts, containing }))
      for (const entry of batch) yield { store: 'spill', entry };
  }

  async function parkedOf(eventId: string): Promise<ParkedDelivery[]> {
    if (!spill) return [];
    const parked: ParkedDelivery[] = [];
    const wants = (key: string) => mayBeParked(key, eventId);
    for await (const batch of readParked(spill, { counts, wants }))
      for (const entry of batch) {
        if (entry.kind === 'damaged') damages.push(entry);
        else if (entry.fact.eventId === eventId) parked.push(parkedOfEntry(entry));
      }
    return parked;
  }

  return async (eventId: string, range = ALL_TIME): Promise<EventHistory> => {
    for await (const { store, entry } of entriesOf(eventId, range)) {
      if (entry.kind === 'damaged') damages.push(entry);
      else if (entry.fact.eventId === eventId) note(found, store, entry);
    }
    const facts = inOrderOfLife([...found.values()], ({ fact }) => fact);
    return { facts, parked: await parkedOf(eventId), damages, counts };
  };
}

function parkedOfEntry({ fact, key }: FactEntry): ParkedDelivery {
  const { deferral = 0, replay } = fact;
  const { failedAttempts = 0 } = fact as ReceivedFact;
  return {
    deferral,
    ...(replay ? { runId: replay.runId } : {}),
    until: new Date(dueMsOf(key) ?? 0).toISOString(),
    failedAttempts,
    where: `spill ${key}`,
  };
}

function note(found: Map<string, FoundFact>, store: string, { fact, key, line }: FactEntry): void {
  const identity = identityOf(fact);
  if (!found.has(identity)) found.set(identity, { fact, where: `${store} ${key}, line ${line}` });
}

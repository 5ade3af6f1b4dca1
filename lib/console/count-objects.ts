import { FACTS_PREFIX, isMarker } from '../archive/read-archive.ts';
import { FAILURES_PREFIX } from '../archive/read-failures.ts';
import type { ObjectStore } from '../object-store.ts';
import { dueMsOf, PARKED_PREFIX, SPILL_PREFIX } from '../recover/spill-key.ts';
import type { Count } from './flow-numbers.ts';

/** Objects that are counted one by one: ten pages of a listing. */
const MOST = 10_000;

type Listing = Pick<ObjectStore, 'list'>;

/** Counts the objects of a prefix, up to 10,000. Rejects when the store cannot be reached. */
async function countObjects(
  store: Listing,
  prefix: string,
): Promise<Count & { firstKey?: string }> {
  let count = 0;
  let firstKey: string | undefined;
  for await (const { key, size } of store.list(prefix)) {
    if (isMarker(key, size)) continue;
    if (count === MOST) return { count, isAll: false, ...(firstKey && { firstKey }) };
    firstKey ??= key;
    count += 1;
  }
  return { count, isAll: true, ...(firstKey && { firstKey }) };
}

/** Events that wait in the spill bucket until the journal takes them. */
export async function countSpilled(spill: Listing): Promise<Count> {
  const { count, isAll } = await countObjects(spill, SPILL_PREFIX);
  return { count, isAll };
}

/** Parked events, and when the first of them is due. Their keys sort by that. */
export async function countParked(spill: Listing): Promise<Count & { nextDueMs: number | null }> {
  const { count, isAll, firstKey = '' } = await countObjects(spill, PARKED_PREFIX);
  return { count, isAll, nextDueMs: dueMsOf(firstKey) ?? null };
}

/** Batches that Lambda gave up. */
export async function countGivenUp(failures: Listing): Promise<Count> {
  const { count, isAll } = await countObjects(failures, FAILURES_PREFIX);
  return { count, isAll };
}

const HOUR_MS = 3_600_000;

/** Hours that are searched for the newest object. */
const LOOK_BACK_HOURS = 25;

/** Returns the time of the archive's newest object, in milliseconds since the epoch; `null` if there is none of the last day. */
export async function newestArchivedMs(archive: Listing, nowMs: number): Promise<number | null> {
  for (let hour = 0; hour < LOOK_BACK_HOURS; hour++) {
    const time = new Date(nowMs - hour * HOUR_MS).toISOString();
    const prefix = `${FACTS_PREFIX}dt=${time.slice(0, 10)}/hh=${time.slice(11, 13)}/`;
    let newestMs: number | null = null;
    for await (const { lastModified } of archive.list(prefix))
      newestMs = Math.max(newestMs ?? 0, lastModified.getTime());
    if (newestMs !== null) return newestMs;
  }
  return null;
}

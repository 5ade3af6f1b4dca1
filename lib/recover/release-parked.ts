import type { ObjectStore } from '../object-store.ts';
import { type MoveReport, moveToJournal, type RecoverPorts } from './move-to-journal.ts';
import { BEHIND_PREFIX, dueMsOf, PARKED_PREFIX } from './spill-key.ts';

/** A release costs the target up to two calls: a lookup, since the event may have been created, and a creation. */
const CALLS_PER_RELEASE = 2;

/** Dispatch renews its object while it is behind, every 30 s: this leaves it a few failures. */
const BEHIND_FOR_MS = 120_000;

/** Parked events beyond this are not counted: that takes listings, and the number says enough. */
const MOST_COUNTED = 10_000;

/** What a run did with the parked events that were due. */
export interface ReleaseReport extends MoveReport {
  /** Due and left in the bucket, because the share is used up or dispatch is behind; at most 10,000 are counted. */
  waiting: number;
  /** In the bucket when the run ended, due or not; at most 10,000 are counted. */
  parked: number;
  /** Due time of the first of these, in milliseconds since the epoch; absent without any. */
  nextDueMs: number | undefined;
}

/** The share of the target's rate that parked events may use, as events a run; at least one, so that they come to an end. Pure. */
export function releasesPerRun(of: {
  share: number;
  ratePerSecond: number;
  scheduleMinutes: number;
}): number {
  const calls = of.share * of.ratePerSecond * of.scheduleMinutes * 60;
  return Math.max(1, Math.floor(calls / CALLS_PER_RELEASE));
}

/**
 * Appends the parked events that are due to the journal, oldest due first and at most `most`, and deletes their objects. None
 * while dispatch is behind: they would only wait there, before events that were never tried.
 */
export async function releaseParked(
  ports: RecoverPorts,
  most: number,
  untilMs: number,
): Promise<ReleaseReport> {
  const nowMs = ports.clock.now();
  const limit = (await isBehind(ports.spill, nowMs)) ? 0 : most;
  const listing = new ParkedListing(ports.spill);
  const report = await moveToJournal(dueKeys(listing, nowMs, limit), ports, untilMs);
  return { ...report, ...(await countRest(listing, nowMs, report.left)) };
}

/** The next keys that are due, at most `count`. */
async function* dueKeys(listing: ParkedListing, nowMs: number, count: number) {
  for (let taken = 0; taken < count; taken++) {
    const next = await listing.peek();
    if (next === undefined || next.dueMs > nowMs) return;
    listing.take();
    yield next.key;
  }
}

/** Counts what this run leaves, `left` of it already taken from the listing. */
async function countRest(listing: ParkedListing, nowMs: number, left: number) {
  let [parked, waiting] = [left, left];
  let nextDueMs = left > 0 ? nowMs : undefined;
  while (parked < MOST_COUNTED) {
    const next = await listing.peek();
    if (next === undefined) break;
    listing.take();
    parked += 1;
    if (next.dueMs <= nowMs) waiting += 1;
    nextDueMs ??= next.dueMs;
  }
  return { parked, waiting, nextDueMs };
}

/** The parked events in the order of their due times, which is that of their keys. A key that tells no due time was put there by someone: it is due. */
class ParkedListing {
  readonly #objects: AsyncIterator<{ key: string }>;
  #next: { key: string; dueMs: number } | undefined;

  constructor(spill: Pick<ObjectStore, 'list'>) {
    this.#objects = spill.list(PARKED_PREFIX)[Symbol.asyncIterator]();
  }

  /** Returns the next one without taking it; `undefined` at the end. */
  async peek(): Promise<{ key: string; dueMs: number } | undefined> {
    if (this.#next) return this.#next;
    const { done, value } = await this.#objects.next();
    this.#next = done ? undefined : { key: value.key, dueMs: dueMsOf(value.key) ?? 0 };
    return this.#next;
  }

  take(): void {
    this.#next = undefined;
  }
}

async function isBehind(spill: Pick<ObjectStore, 'list'>, nowMs: number): Promise<boolean> {
  for await (const { lastModified } of spill.list(BEHIND_PREFIX))
    if (nowMs - lastModified.getTime() < BEHIND_FOR_MS) return true;
  return false;
}

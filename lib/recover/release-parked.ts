import type { ObjectStore } from '../object-store.ts';
import { type MoveReport, moveToJournal, type RecoverPorts } from './move-to-journal.ts';
import { BEHIND_PREFIX, dueMsOf, PARKED_PREFIX } from './spill-key.ts';

/** A release costs the target up to two calls: a lookup, since the event may have been created, and a creation. */
const CALLS_PER_RELEASE = 2;

/** Dispatch renews its object while it is behind, every 30 s: this leaves it a few failures. */
const BEHIND_FOR_MS = 120_000;

/** Due events beyond this are not counted: that takes listings, and the number says enough. */
const MOST_COUNTED = 10_000;

/** What a run did with the parked events that were due. */
export interface ReleaseReport extends MoveReport {
  /** Due and left in the bucket, because the share is used up or dispatch is behind; at most 10,000 are counted. */
  waiting: number;
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
  const keys = dueKeys(ports.spill, nowMs);
  const report = await moveToJournal(firstOf(keys, limit), ports, untilMs);
  return { ...report, waiting: await countRest(keys, report.left) };
}

/** The next keys, at most `count`; what it leaves can be read on. */
async function* firstOf(keys: AsyncGenerator<string>, count: number): AsyncGenerator<string> {
  for (let taken = 0; taken < count; taken++) {
    const { done, value } = await keys.next();
    if (done) return;
    yield value;
  }
}

async function countRest(keys: AsyncGenerator<string>, left: number): Promise<number> {
  let waiting = left;
  while (waiting < MOST_COUNTED && !(await keys.next()).done) waiting += 1;
  return waiting;
}

async function isBehind(spill: Pick<ObjectStore, 'list'>, nowMs: number): Promise<boolean> {
  for await (const { lastModified } of spill.list(BEHIND_PREFIX))
    if (nowMs - lastModified.getTime() < BEHIND_FOR_MS) return true;
  return false;
}

/** In the order of their due times, which is that of keys. A key that tells no due time was put there by someone: it is due. */
async function* dueKeys(spill: Pick<ObjectStore, 'list'>, nowMs: number): AsyncGenerator<string> {
  for await (const { key } of spill.list(PARKED_PREFIX)) {
    if ((dueMsOf(key) ?? 0) > nowMs) return;
    yield key;
  }
}

import type { ObjectStore } from '../object-store.ts';
import { SPILL_PREFIX } from './spill-key.ts';

/** As much of S3's event notification as is read. */
export interface ObjectNotification {
  Records?: { s3?: { object?: { key?: string } } }[];
}

/** Younger objects are left to their notification, so that the schedule does not do its work beside it. */
const MIN_AGE_MS = 30_000;

/**
 * The spilled objects that an invocation is about: those that an S3 notification names, or, for any other event (the schedule's), all
 * that wait for longer than a notification takes.
 */
export function keysToRecover(
  event: ObjectNotification,
  spill: Pick<ObjectStore, 'list'>,
  nowMs: number,
): Iterable<string> | AsyncIterable<string> {
  return isNotification(event) ? namedKeys(event) : waitingKeys(spill, nowMs);
}

/** Whether S3 sent it, rather than the schedule. */
export function isNotification(
  event: ObjectNotification,
): event is Required<Pick<ObjectNotification, 'Records'>> {
  return Array.isArray(event.Records);
}

/** The notification's filter stands on `spill/`: what it names besides, a parked event above all, is left alone. */
function namedKeys({ Records }: Required<ObjectNotification>): string[] {
  return Records.flatMap(({ s3 }) => (s3?.object?.key ? [decodeKey(s3.object.key)] : [])).filter(
    (key) => key.startsWith(SPILL_PREFIX),
  );
}

/** Keys in notifications are encoded as in an HTML form (Amazon S3 User Guide, "Event message structure"). */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

async function* waitingKeys(spill: Pick<ObjectStore, 'list'>, nowMs: number) {
  for await (const { key, lastModified } of spill.list(SPILL_PREFIX))
    if (nowMs - lastModified.getTime() >= MIN_AGE_MS) yield key;
}

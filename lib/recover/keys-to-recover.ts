import type { ObjectStore } from '../object-store.ts';
import { SPILL_PREFIX } from './spill-key.ts';

/** As much of S3's event notification as is read. */
export interface ObjectNotification {
  Records?: { s3?: { object?: { key?: string } } }[];
}

/** Younger objects are left to their notification, so that the schedule does not do its work beside it. */
const MIN_AGE_MS = 30_000;

/**
 * What an invocation is about: the objects that an S3 notification names, or, for any other event (the schedule's), all that wait
 * for longer than a notification takes.
 */
export function keysToRecover(
  event: ObjectNotification,
  spill: Pick<ObjectStore, 'list'>,
  nowMs: number,
): Iterable<string> | AsyncIterable<string> {
  if (!Array.isArray(event.Records)) return waitingKeys(spill, nowMs);
  return event.Records.flatMap(({ s3 }) => (s3?.object?.key ? [decodeKey(s3.object.key)] : []));
}

/** Keys in notifications are encoded as in an HTML form (Amazon S3 User Guide, "Event message structure"). */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

async function* waitingKeys(spill: Pick<ObjectStore, 'list'>, nowMs: number) {
  for await (const { key, lastModified } of spill.list(SPILL_PREFIX))
    if (nowMs - lastModified.getTime() >= MIN_AGE_MS) yield key;
}

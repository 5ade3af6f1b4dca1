import { createHash } from 'node:crypto';
import { VerbatimPayload } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';

/** Where facts wait to be moved into the journal: one object each, one JSON fact in it. */
export const SPILL_PREFIX = 'spill/';

/** Where parked events wait until they are due: one object each, one `received` fact in it. */
export const PARKED_PREFIX = 'parked/';

/** One object a shard, written while dispatch is more than a minute behind on it. */
export const BEHIND_PREFIX = 'behind/';

/** Where objects of {@link SPILL_PREFIX} and {@link PARKED_PREFIX} are put that hold no event: a person has to look at them. */
const UNREADABLE_PREFIX = 'unreadable/';

/** `spill/dt=YYYY-MM-DD/hh=HH/<uuid>.json`, by the UTC time at which the event was received. Pure. */
export function spillKey({ at }: Pick<ReceivedFact, 'at'>, uuid: string): string {
  return `${SPILL_PREFIX}dt=${at.slice(0, 10)}/hh=${at.slice(11, 13)}/${uuid}.json`;
}

/** Where the object of that key is put if it holds no event. Pure. */
export function unreadableKey(key: string): string {
  return UNREADABLE_PREFIX + (key.startsWith(SPILL_PREFIX) ? key.slice(SPILL_PREFIX.length) : key);
}

/** Digits of a due time: enough until the year 5138, so that keys sort by it. */
const DUE_DIGITS = 14;

const PARKED_KEY = /^parked\/[^/]+\/(\d{14})-([0-9a-f]{16})[0-9a-f]{16}\.json$/;

/**
 * `parked/<minute>/<due>-<hash>.json`, by the time at which the event is due, in UTC and in milliseconds since the epoch: the
 * order of keys is the order of due times. The same delivery with the same due time has the same key. Pure.
 */
export function parkedKey(fact: ReceivedFact, dueMs: number): string {
  const minute = new Date(dueMs).toISOString().slice(0, 16).replace(':', '-');
  const due = String(Math.floor(dueMs)).padStart(DUE_DIGITS, '0');
  const delivery = [fact.replay?.runId ?? '', fact.deferral ?? 0, payloadText(fact.payload)];
  const hash = `${hashOf(fact.eventId)}${hashOf(JSON.stringify(delivery))}`;
  return `${PARKED_PREFIX}${minute}/${due}-${hash}.json`;
}

/** When the object of that key is due, in milliseconds since the epoch; `undefined` for a key that is not {@link parkedKey}'s. Pure. */
export function dueMsOf(key: string): number | undefined {
  const match = PARKED_KEY.exec(key);
  return match ? Number(match[1]) : undefined;
}

/** Whether the object of that key may be about the event, so that not every object has to be read. Pure. */
export function mayBeParked(key: string, eventId: string): boolean {
  const match = PARKED_KEY.exec(key);
  return match === null || match[2] === hashOf(eventId);
}

/** The key of the note that dispatch is behind on a shard. Pure. */
export function behindKey(shardId: string): string {
  return `${BEHIND_PREFIX}${shardId}`;
}

function payloadText(payload: unknown): string {
  return payload instanceof VerbatimPayload ? payload.json : (JSON.stringify(payload) ?? '');
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

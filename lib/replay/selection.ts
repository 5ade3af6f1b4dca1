import type { HashTable } from '../archive/hash-table.ts';
import { isWithin, type TimeRange } from '../archive/partitions.ts';
import type { DeadLetterReason } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';
import { isJsonObject } from '../event/source-event.ts';
import { type EventState, hasDeadLetter, isReplayed, statusOf } from '../event/state.ts';
import { RELEASED_WITHIN_MS } from './event-table.ts';

/** Which events are to be replayed. All that is given must be true of one. */
export interface Selection {
  /** Where they are found: what was received, or what Lambda gave up. */
  source: 'archive' | 'failures';
  /** When they were received. */
  range: TimeRange;
  /** `any`: whatever became of them, so that an empty target can be filled again. */
  state: 'any' | 'undelivered' | 'deadLettered';
  /** With `deadLettered`: for one of these. */
  reasons: readonly DeadLetterReason[];
  ids?: HashTable | undefined;
  /** The event's `name`. */
  name?: string | undefined;
  /** At most so many, the first ones in the archive; `Infinity` for all. */
  limit: number;
  /** What was received, replayed or released since and has not ended, dispatch may still deliver: it is left out unless `state` is `any`. */
  endedBeforeMs: number;
  /** The same for what Lambda has given up since: what ended before that is in the archive by then. */
  givenUpBeforeMs: number;
}

export const ALL_REASONS: readonly DeadLetterReason[] = [
  'malformed',
  'rejected',
  'exhausted',
  'undecided',
];

/** Whether a fact is one that the selection is about, apart from what became of the event. A name is looked for in the payload. Pure. */
export function matches(
  fact: FactHead & { payload?: unknown },
  atMs: number,
  { range, ids, name }: Selection,
): boolean {
  if (fact.type !== 'received' || !isWithin(atMs, range)) return false;
  if (ids && !ids.has(fact.eventId)) return false;
  return name === undefined || (isJsonObject(fact.payload) && fact.payload.name === name);
}

/** Whether what became of an event is known well enough, and what it says. Pure. */
export function judge(
  state: EventState,
  { receivedMs, dueMs, givenUpMs }: { receivedMs: number; dueMs: number; givenUpMs: number },
  { source, state: wanted, reasons, endedBeforeMs, givenUpBeforeMs }: Selection,
): 'selected' | 'waits' | 'unwanted' {
  if (wanted === 'any' && source === 'archive') return 'selected';
  const status = statusOf(state);
  if (status === 'delivered' || status === 'dismissed') return 'unwanted';
  if (wanted === 'deadLettered' && !hasDeadLetter(state, reasons)) return 'unwanted';
  const mayEnd = status !== 'deadLettered' || isReplayed(state);
  const isTooNew =
    givenUpMs >= Math.max(receivedMs, dueMs)
      ? givenUpMs >= givenUpBeforeMs
      : receivedMs >= endedBeforeMs || dueMs + RELEASED_WITHIN_MS >= endedBeforeMs;
  return mayEnd && isTooNew ? 'waits' : 'selected';
}

/** Whether facts other than `received` are needed to judge. Pure. */
export function needsStates({ source, state }: Selection): boolean {
  return source === 'failures' || state !== 'any';
}

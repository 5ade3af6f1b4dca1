import { conflictingBodies } from '../event/conflicts.ts';
import type { Attempt, DeadLetterReason } from '../event/fact.ts';
import type { EventStatus } from '../event/state.ts';
import { latestRun, statusOfFacts } from '../event/status-of-facts.ts';
import type { TimelineEntry } from './timeline.ts';

/** The state of an event for the source that sent it. Times are ISO 8601 UTC. */
export interface EventView {
  id: string;
  state: EventStatus;
  /** Time of the first receipt; absent when that fact has expired. */
  receivedAt?: string;
  deliveredAt?: string;
  /** Set unless it was delivered; from the latest run. */
  deadLetteredAt?: string;
  dismissedAt?: string;
  /** Due time of the next attempt of a deferred event. */
  nextAttemptAt?: string;
  /** Reason of the dead letter. */
  reason?: DeadLetterReason;
  /** The code of the last error, unless it was delivered. The message may hold what only the target's owner should see. */
  errorCode?: string;
  /** The attempts, newest last; lookups are none. At most ten of each fact are kept. */
  attempts: Attempt[];
  traceId: string;
  /** Several bodies came under this id. The target has one of them at most. */
  conflict?: true;
}

/** Returns whether a fact of the event carries the key's name. Pure. */
export function isOfKey(facts: readonly TimelineEntry[], keyName: string): boolean {
  return facts.some((fact) => 'keyName' in fact && fact.keyName === keyName);
}

/** An event by all of its facts, first things first; there is at least one. Pure. */
export function eventViewOf(id: string, facts: readonly TimelineEntry[]): EventView {
  const state = statusOfFacts(facts);
  const run = latestRun(facts);
  const receivedAt = facts.find(({ type }) => type === 'received')?.at;
  return {
    id,
    state,
    ...(receivedAt === undefined ? {} : { receivedAt }),
    ...endOf(state, state === 'delivered' ? facts : run, facts),
    attempts: attemptsOf(facts),
    traceId: facts[0]?.traceId ?? '',
    ...(conflictingBodies(facts).length > 0 ? { conflict: true } : {}),
  };
}

function endOf(
  state: EventStatus,
  run: readonly TimelineEntry[],
  facts: readonly TimelineEntry[],
): Partial<EventView> {
  const deferred = run.findLast((fact) => fact.type === 'deferred');
  const dead = run.findLast((fact) => fact.type === 'deadLettered');
  switch (state) {
    case 'pending':
      return deferred ? { errorCode: deferred.error.code } : {};
    case 'deferred':
      return deferred ? { nextAttemptAt: deferred.until, errorCode: deferred.error.code } : {};
    case 'delivered': {
      const delivered = run.find(({ type }) => type === 'delivered');
      return delivered ? { deliveredAt: delivered.at } : {};
    }
    case 'deadLettered':
    case 'dismissed': {
      const dismissed = facts.findLast(({ type }) => type === 'dismissed');
      return {
        ...(dead && { deadLetteredAt: dead.at, reason: dead.reason, errorCode: dead.error.code }),
        ...(state === 'dismissed' && dismissed && { dismissedAt: dismissed.at }),
      };
    }
  }
}

/** A fact repeats the attempts before earlier deferrals. */
function attemptsOf(facts: readonly TimelineEntry[]): Attempt[] {
  const byTime = new Map<string, Attempt>();
  for (const fact of facts)
    for (const attempt of ('attempts' in fact && fact.attempts) || [])
      byTime.set(attempt.at, attempt);
  return [...byTime.values()].toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

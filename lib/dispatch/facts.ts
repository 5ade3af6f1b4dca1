import {
  type DeadLetteredFact,
  type DeadLetterReason,
  type DeferredFact,
  type DeliveredFact,
  type FactError,
  MAX_ATTEMPTS_KEPT,
  type ReceivedFact,
} from '../event/fact.ts';
import type { Delivery } from './delivery.ts';

/** Maximum length of an error's code and message stored in a fact. */
export const MAX_MESSAGE_CHARACTERS = 2000;

const NO_TRACE = '0'.repeat(32);

const NO_ERROR: FactError = { code: 'UNKNOWN', message: '', status: null };

/** The fact that an event reached the target. `verified`: the target had it already. Pure. */
export function deliveredFact(delivery: Delivery, verified: boolean, nowMs: number): DeliveredFact {
  const { fact, attempts } = delivery;
  const first = attempts[0];
  return {
    ...common(fact, nowMs),
    type: 'delivered',
    ...deferralOf(fact),
    attempts: attempts.slice(-MAX_ATTEMPTS_KEPT),
    queuedMs: first ? Math.max(0, Date.parse(first.at) - Date.parse(fact.at)) : 0,
    dispatchMs: attempts.at(-1)?.ms ?? 0,
    ...(verified ? { verified: true } : {}),
  };
}

/** The fact that an event will not reach the target by itself; it carries the payload for a person or a replay. Pure. */
export function deadLetteredFact(
  { fact, attempts, lastError = NO_ERROR }: Delivery,
  reason: DeadLetterReason,
  nowMs: number,
): DeadLetteredFact {
  return {
    ...common(fact, nowMs),
    ...keyNameOf(fact),
    type: 'deadLettered',
    ...deferralOf(fact),
    attempts: attempts.slice(-MAX_ATTEMPTS_KEPT),
    reason,
    error: lastError,
    payload: fact.payload,
  };
}

/** The two halves of parking an event until `dueMs`: the fact that is stored, to be appended again then, and the one for the journal. Pure. */
export function parkedFacts(
  { fact, attempts, failedAttempts, lastError = NO_ERROR }: Delivery,
  dueMs: number,
  nowMs: number,
): { stored: ReceivedFact; deferred: DeferredFact } {
  const deferral = (fact.deferral ?? 0) + 1;
  const kept = attempts.slice(-MAX_ATTEMPTS_KEPT);
  const { payload, ...received } = fact;
  const deferredSince = fact.deferredSince ?? new Date(nowMs).toISOString();
  return {
    // The payload stays the last member, as `encodeFact` writes it.
    stored: {
      ...received,
      mayRepeat: true,
      deferral,
      failedAttempts,
      attempts: kept,
      deferredSince,
      payload,
    },
    deferred: {
      ...common(fact, nowMs),
      ...keyNameOf(fact),
      type: 'deferred',
      deferral,
      until: new Date(dueMs).toISOString(),
      failedAttempts,
      attempts: kept,
      error: lastError,
    },
  };
}

/** The fact that a record of the journal holds no event that could be sent. Pure. */
export function malformedFact(of: {
  origin: Pick<ReceivedFact, 'eventId'> &
    Partial<Pick<ReceivedFact, 'traceId' | 'replay' | 'deferral'>>;
  payload: unknown;
  detail: string;
  nowMs: number;
}): DeadLetteredFact {
  const { origin, payload, detail, nowMs } = of;
  return {
    ...common({ traceId: NO_TRACE, ...origin }, nowMs),
    type: 'deadLettered',
    ...deferralOf(origin),
    attempts: [],
    reason: 'malformed',
    error: { code: 'MALFORMED', message: detail.slice(0, MAX_MESSAGE_CHARACTERS), status: null },
    payload,
  };
}

function common(of: Pick<ReceivedFact, 'eventId' | 'traceId' | 'replay'>, nowMs: number) {
  return {
    v: 1 as const,
    eventId: of.eventId,
    at: new Date(nowMs).toISOString(),
    traceId: of.traceId,
    ...(of.replay ? { replay: of.replay } : {}),
  };
}

/** The source asks for the state of its events by the name of its key. */
function keyNameOf({ keyName }: Pick<ReceivedFact, 'keyName'>): { keyName?: string } {
  return keyName ? { keyName } : {};
}

function deferralOf({ deferral }: Pick<ReceivedFact, 'deferral'>): { deferral?: number } {
  return deferral ? { deferral } : {};
}

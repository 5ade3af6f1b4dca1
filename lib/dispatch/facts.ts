import {
  type Attempt,
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
    ...attemptsOf(delivery),
    queuedMs: first ? Math.max(0, Date.parse(first.at) - Date.parse(fact.at)) : 0,
    dispatchMs: attempts.at(-1)?.ms ?? 0,
    ...(verified ? { verified: true } : {}),
  };
}

/** The fact that an event will not reach the target by itself; it carries the payload for a person or a replay. Pure. */
export function deadLetteredFact(
  delivery: Delivery,
  reason: DeadLetterReason,
  nowMs: number,
): DeadLetteredFact {
  const { fact, lastError = NO_ERROR } = delivery;
  return {
    ...common(fact, nowMs),
    ...keyNameOf(fact),
    type: 'deadLettered',
    ...deferralOf(fact),
    ...attemptsOf(delivery),
    reason,
    error: lastError,
    payload: fact.payload,
  };
}

/** The two halves of parking an event until `dueMs`: the fact that is stored, to be appended again then, and the one for the journal. Pure. */
export function parkedFacts(
  delivery: Delivery,
  dueMs: number,
  nowMs: number,
): { stored: ReceivedFact; deferred: DeferredFact } {
  const { fact, failedAttempts, lastError = NO_ERROR } = delivery;
  const deferral = (fact.deferral ?? 0) + 1;
  const kept = attemptsOf(delivery);
  const { payload, ...received } = fact;
  const deferredSince = fact.deferredSince ?? new Date(nowMs).toISOString();
  return {
    // The payload stays the last member, as `encodeFact` writes it.
    stored: {
      ...received,
      mayRepeat: true,
      deferral,
      failedAttempts,
      attempts: kept.attempts,
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
      ...kept,
      error: lastError,
    },
  };
}

/** The fact that a record of the journal holds no event that could be sent. Pure. */
export function malformedFact(of: {
  origin: Pick<ReceivedFact, 'eventId'> &
    Partial<Pick<ReceivedFact, 'at' | 'traceId' | 'traceFlags' | 'replay' | 'deferral'>>;
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

type Origin = Pick<ReceivedFact, 'eventId' | 'traceId' | 'traceFlags' | 'replay'> & { at?: string };

function common(of: Origin, nowMs: number) {
  return {
    v: 1 as const,
    eventId: of.eventId,
    at: new Date(nowMs).toISOString(),
    traceId: of.traceId,
    ...(of.traceFlags === undefined ? {} : { traceFlags: of.traceFlags }),
    ...(of.replay ? { replay: of.replay } : {}),
    ...(of.at === undefined ? {} : { receivedAt: of.at }),
  };
}

/** The source asks for the state of its events by the name of its key. */
function keyNameOf({ keyName }: Pick<ReceivedFact, 'keyName'>): { keyName?: string } {
  return keyName ? { keyName } : {};
}

/** The newest attempts, and how many of them the event had when it returned from parking. */
function attemptsOf({ fact, attempts }: Pick<Delivery, 'fact' | 'attempts'>): {
  attempts: Attempt[];
  carriedAttempts?: number;
} {
  const cut = Math.max(0, attempts.length - MAX_ATTEMPTS_KEPT);
  const carried = Math.max(0, (fact.attempts?.length ?? 0) - cut);
  const kept = attempts.slice(cut);
  return carried > 0 ? { attempts: kept, carriedAttempts: carried } : { attempts: kept };
}

function deferralOf({ deferral }: Pick<ReceivedFact, 'deferral'>): { deferral?: number } {
  return deferral ? { deferral } : {};
}

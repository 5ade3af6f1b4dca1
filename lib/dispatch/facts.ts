import {
  type DeadLetteredFact,
  type DeadLetterReason,
  type DeliveredFact,
  type FactError,
  MAX_ATTEMPTS_KEPT,
  type ReceivedFact,
} from '../event/fact.ts';
import type { Delivery } from './delivery.ts';

const NO_TRACE = '0'.repeat(32);

/** The fact that an event reached the target. Pure. */
export function deliveredFact(delivery: Delivery, verified: boolean, nowMs: number): DeliveredFact {
  const { fact, attempts } = delivery;
  const first = attempts[0];
  return {
    ...common(fact, nowMs),
    type: 'delivered',
    attempts: attempts.slice(-MAX_ATTEMPTS_KEPT),
    queuedMs: first ? Math.max(0, Date.parse(first.at) - Date.parse(fact.at)) : 0,
    dispatchMs: attempts.at(-1)?.ms ?? 0,
    ...(verified ? { verified: true } : {}),
  };
}

/** The fact that an event will not reach the target by itself; it carries the payload for a person or a replay. Pure. */
export function deadLetteredFact(
  delivery: Delivery,
  reason: DeadLetterReason,
  error: FactError,
  nowMs: number,
): DeadLetteredFact {
  const { fact, attempts } = delivery;
  return {
    ...common(fact, nowMs),
    type: 'deadLettered',
    attempts: attempts.slice(-MAX_ATTEMPTS_KEPT),
    reason,
    error,
    payload: fact.payload,
  };
}

/** The fact that a record of the journal holds no event that could be sent. Pure. */
export function malformedFact(of: {
  eventId: string;
  origin: Partial<Pick<ReceivedFact, 'traceId' | 'replay'>>;
  payload: unknown;
  detail: string;
  nowMs: number;
}): DeadLetteredFact {
  const { eventId, origin, payload, detail, nowMs } = of;
  const traceId = origin.traceId ?? NO_TRACE;
  return {
    ...common({ eventId, traceId, ...(origin.replay ? { replay: origin.replay } : {}) }, nowMs),
    type: 'deadLettered',
    attempts: [],
    reason: 'malformed',
    error: { code: 'MALFORMED', message: detail, status: null },
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

import { hash } from 'node:crypto';
import type { Fact, ReceivedFact } from './fact.ts';

/**
 * Ids of the spans that are made of facts. Each follows from the identity of its fact, so that the stages which never meet agree on it:
 * dispatch names an attempt's span to the target, a replay links to the first receipt, and a batch that is projected twice
 * gives the same spans.
 */

/** The event's receipt in one run, whose time is `receivedAt`. */
export type Receipt = Pick<Fact, 'eventId' | 'traceId' | 'replay'> & { receivedAt: string };

/** The span of a `received` fact. A parked event that returns has the same one. Pure. */
export function receiptSpanId({ eventId, traceId, replay, receivedAt }: Receipt): string {
  return idOf('received', traceId, eventId, replay?.runId, receivedAt);
}

/** The span of one attempt, which started at `at` (ISO 8601 UTC). Pure. */
export function attemptSpanId(
  { eventId, traceId, replay }: Pick<Fact, 'eventId' | 'traceId' | 'replay'>,
  at: string,
): string {
  return idOf('attempt', traceId, eventId, replay?.runId, at);
}

/** The span of a fact that ends a delivery, or of the `queue` before it. Pure. */
export function endSpanId(
  { eventId, traceId, replay, deferral, at }: Fact,
  name: 'queue' | Fact['type'],
): string {
  return idOf(name, traceId, eventId, replay?.runId, at, deferral);
}

/** The trace id of an event in one replay run: the same each time, so that a run that is resumed goes on in it. Pure. */
export function replayTraceId(
  { eventId, traceId }: Pick<ReceivedFact, 'eventId' | 'traceId'>,
  runId: string,
): string {
  return digest(['replay', traceId, eventId, runId]).slice(0, 32);
}

const idOf = (...parts: unknown[]) => digest(parts).slice(0, 16);

/** Digits are never all zero, but for one case in 2^64. */
function digest(parts: unknown[]): string {
  return hash('sha256', JSON.stringify(parts));
}

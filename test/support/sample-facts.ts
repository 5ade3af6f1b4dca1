import type {
  DeadLetteredFact,
  DeferredFact,
  DeliveredFact,
  ReceivedFact,
} from '../../lib/event/fact.ts';

const AT = '2026-01-01T00:00:00.000Z';

export const REPLAY = { runId: 'run-1', reason: 'target was down' };

/** Facts that are the same each time, but for what a test says about them. */
export function receivedFact(fields: Partial<ReceivedFact> & { eventId: string }): ReceivedFact {
  const payload = { id: fields.eventId, name: 'order.placed', body: 'b', timestamp: 1_767_225_600 };
  return { v: 1, type: 'received', at: AT, traceId: 'a'.repeat(32), payload, ...fields };
}

export function deferredFact(fields: Partial<DeferredFact> & { eventId: string }): DeferredFact {
  const attempts = [{ at: AT, ms: 20, outcome: 'unavailable' as const, status: 503 }];
  const error = { code: 'HTTP_503', message: 'try later', status: 503 };
  return {
    ...{ v: 1, type: 'deferred', at: AT, traceId: 'a'.repeat(32), deferral: 1 },
    ...{ until: '2026-01-01T00:01:00.000Z', failedAttempts: 3, attempts, error, ...fields },
  };
}

export function deliveredFact(fields: Partial<DeliveredFact> & { eventId: string }): DeliveredFact {
  const attempts = [{ at: AT, ms: 20, outcome: 'delivered' as const, status: 200 }];
  return {
    ...{ v: 1, type: 'delivered', at: AT, traceId: 'a'.repeat(32), attempts },
    ...{ queuedMs: 5, dispatchMs: 20, ...fields },
  };
}

export function deadLetteredFact(
  fields: Partial<DeadLetteredFact> & { eventId: string },
): DeadLetteredFact {
  const attempts = [{ at: AT, ms: 20, outcome: 'rejected' as const, status: 422 }];
  const error = { code: 'BAD_USER_INPUT', message: 'name is unknown', status: 422 };
  const payload = { id: fields.eventId, name: 'order.placed', body: 'b', timestamp: 1 };
  return {
    ...{ v: 1, type: 'deadLettered', at: AT, traceId: 'a'.repeat(32), attempts },
    ...{ reason: 'rejected', error, payload, ...fields },
  };
}

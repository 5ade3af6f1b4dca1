import type {
  Attempt,
  DeadLetteredFact,
  DeliveredFact,
  Fact,
  ReceivedFact,
} from '../event/fact.ts';
import type { StatusRow } from './rows.ts';

/** A fact as the status table remembers it: without its payload, of which it keeps the event's name. */
export type TimelineEntry =
  | (Omit<ReceivedFact, 'payload'> & { name?: string })
  | DeliveredFact
  | Omit<DeadLetteredFact, 'payload'>;

/** What happens in the same millisecond happens in this order. */
const ORDER: Record<Fact['type'], number> = { received: 0, delivered: 1, deadLettered: 2 };

/** The rows of one event as its life, oldest first. Pure. */
export function timelineOf(rows: readonly StatusRow[]): TimelineEntry[] {
  return [...rows].sort((a, b) => a.atMs - b.atMs || ORDER[a.type] - ORDER[b.type]).map(entryOf);
}

function entryOf({ eventId, type, traceId, runId, atMs, measures }: StatusRow): TimelineEntry {
  const at = new Date(atMs).toISOString();
  const replay = runId ? { replay: { runId, reason: measures.replayReason ?? '' } } : {};
  const common = { v: 1 as const, eventId, at, traceId, ...replay };
  switch (type) {
    case 'received':
      return { ...common, type, ...(measures.name === undefined ? {} : { name: measures.name }) };
    case 'delivered':
      return {
        ...common,
        type,
        attempts: attemptsOf(measures.attemptLog),
        queuedMs: measures.queuedMs ?? 0,
        dispatchMs: measures.dispatchMs ?? 0,
        ...(measures.verified ? { verified: true } : {}),
      };
    case 'deadLettered':
      return {
        ...common,
        type,
        attempts: attemptsOf(measures.attemptLog),
        reason: measures.reason ?? 'exhausted',
        error: {
          code: measures.errorCode ?? '',
          message: measures.errorMessage ?? '',
          status: measures.errorStatus ?? null,
        },
      };
  }
}

function attemptsOf(attemptLog: string | undefined): Attempt[] {
  return attemptLog === undefined ? [] : (JSON.parse(attemptLog) as Attempt[]);
}

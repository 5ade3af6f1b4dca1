import type {
  Attempt,
  DeadLetteredFact,
  DeadLetterReason,
  DeferredFact,
  DeliveredFact,
  DismissedFact,
  FactError,
  ReceivedFact,
} from '../event/fact.ts';
import { inOrderOfLife } from '../event/life-order.ts';
import type { StatusMeasures, StatusRow } from './rows.ts';

/** A fact as the status table remembers it: without its payload, of which it keeps the event's name and a digest. */
export type TimelineEntry =
  | (Omit<ReceivedFact, 'payload'> & { name?: string; digest?: string })
  | DeferredFact
  | DeliveredFact
  | Omit<DeadLetteredFact, 'payload'>
  | DismissedFact;

/** The rows of one event as its life, first things first. Pure. */
export function timelineOf(rows: readonly StatusRow[]): TimelineEntry[] {
  return inOrderOfLife(rows.map(entryOf), (entry) => entry);
}

function entryOf(row: StatusRow): TimelineEntry {
  const { eventId, type, traceId, runId, deferral, atMs, measures } = row;
  const at = new Date(atMs).toISOString();
  const replay = runId ? { replay: { runId, reason: measures.replayReason ?? '' } } : {};
  const number = deferral === undefined ? {} : { deferral };
  const common = { v: 1 as const, eventId, at, traceId, ...replay, ...number };
  switch (type) {
    case 'received':
      return {
        ...common,
        type,
        ...keyOf(measures),
        ...contentOf(measures),
      };
    case 'deferred':
      return {
        ...common,
        ...keyOf(measures),
        type,
        deferral: deferral ?? 1,
        until: new Date(measures.dueMs ?? atMs).toISOString(),
        failedAttempts: measures.failedAttempts ?? 0,
        attempts: attemptsOf(measures.attemptLog),
        error: errorOf(measures),
      };
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
        ...keyOf(measures),
        type,
        attempts: attemptsOf(measures.attemptLog),
        reason: (measures.reason ?? 'exhausted') as DeadLetterReason,
        error: errorOf(measures),
      };
    case 'dismissed':
      return { ...common, type, reason: measures.reason ?? '' };
  }
}

function contentOf({ name, digest }: StatusMeasures): { name?: string; digest?: string } {
  return { ...(name === undefined ? {} : { name }), ...(digest === undefined ? {} : { digest }) };
}

function keyOf({ keyName }: StatusMeasures): { keyName?: string } {
  return keyName === undefined ? {} : { keyName };
}

function errorOf({ errorCode, errorMessage, errorStatus }: StatusMeasures): FactError {
  return { code: errorCode ?? '', message: errorMessage ?? '', status: errorStatus ?? null };
}

function attemptsOf(attemptLog: string | undefined): Attempt[] {
  return attemptLog === undefined ? [] : (JSON.parse(attemptLog) as Attempt[]);
}

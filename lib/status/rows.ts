import type {
  Attempt,
  DeadLetteredFact,
  DeferredFact,
  DeliveredFact,
  Fact,
  ReceivedFact,
} from '../event/fact.ts';
import { payloadDigest } from '../event/payload-digest.ts';
import { isJsonObject } from '../event/source-event.ts';

/**
 * One fact as the status table keeps it. What identifies a fact — event, type, run, deferral, time and, of a `received` fact, the
 * payload's digest — identifies its row, so that writing it again changes nothing. The payload stays in the archive.
 */
export interface StatusRow {
  eventId: string;
  type: Fact['type'];
  traceId: string;
  /** The replay run that the fact belongs to. */
  runId?: string;
  /** How often the event had been parked: it returns with the time of its first `received` fact. */
  deferral?: number;
  /** The fact's own time, in milliseconds since the epoch: the row's time, and its version. */
  atMs: number;
  measures: StatusMeasures;
}

/** What a row says; absent is what its fact has not. */
export interface StatusMeasures {
  /** Always there, since a row must measure something. */
  replayed: boolean;
  replayReason?: string;
  /** The event's name, of a `received` fact. */
  name?: string;
  /** The payload's digest, of a `received` fact: another one under the same id is a conflict. */
  digest?: string;
  /** The name of the API key that the event came with, of a fact that carries it. */
  keyName?: string;
  queuedMs?: number;
  dispatchMs?: number;
  verified?: boolean;
  attempts?: number;
  failedAttempts?: number;
  /** When a parked event is due, in milliseconds since the epoch. */
  dueMs?: number;
  /** JSON of the newest attempts, as many as fit. */
  attemptLog?: string;
  /** Of a dead letter: a `DeadLetterReason`. Of a dismissal: any text. */
  reason?: string;
  errorCode?: string;
  errorMessage?: string;
  errorStatus?: number;
}

type RowReading = { valid: true; row: StatusRow } | { valid: false; detail: string };

/**
 * The longest value of a row, in bytes of UTF-8: what Timestream takes (Timestream quotas). DynamoDB takes an event id of that length as
 * partition key.
 */
export const MAX_VALUE_BYTES = 2048;

/** A run's id is part of the sort key, which has at most 1,024 bytes (DynamoDB quotas). Ours have 36. */
const MAX_RUN_ID_BYTES = 512;

/** The row of a fact, or why there can be none. Pure. */
export function rowOf(fact: Fact): RowReading {
  const atMs = Date.parse(fact.at);
  if (!(atMs > 0)) return { valid: false, detail: `at is ${fact.at}: a version starts at 1` };
  const { runId } = membersOf(fact.replay);
  const dimensions = {
    eventId: fact.eventId,
    traceId: fact.traceId || UNTRACED,
    ...(typeof runId === 'string' && runId !== '' ? { runId } : {}),
  };
  // A dimension that is cut would be another one's.
  for (const [name, text] of Object.entries(dimensions)) {
    const maxBytes = name === 'runId' ? MAX_RUN_ID_BYTES : MAX_VALUE_BYTES;
    if (Buffer.byteLength(text) > maxBytes)
      return { valid: false, detail: `${name} has more than ${maxBytes} bytes` };
  }
  const { type, deferral } = fact;
  const numbered = deferral === undefined ? dimensions : { ...dimensions, deferral };
  return { valid: true, row: { ...numbered, type, atMs, measures: measuresOf(fact) } };
}

/** A dimension has at least one character. */
const UNTRACED = '0'.repeat(32);

/** Total: a fact comes from a journal that others can write to, so no member is taken for what it should be. */
function measuresOf(fact: Fact): StatusMeasures {
  const common = {
    replayed: fact.replay !== undefined,
    ...textMeasure('replayReason', membersOf(fact.replay).reason),
  };
  switch (fact.type) {
    case 'received':
      return { ...common, ...receiptMeasures(fact) };
    case 'deferred':
      return {
        ...common,
        ...keyMeasure(fact),
        ...attemptMeasures(fact.attempts),
        ...deferralMeasures(fact),
      };
    case 'delivered':
      return { ...common, ...attemptMeasures(fact.attempts), ...deliveryMeasures(fact) };
    case 'deadLettered':
      return {
        ...common,
        ...keyMeasure(fact),
        ...attemptMeasures(fact.attempts),
        ...deadLetterMeasures(fact),
      };
    case 'dismissed':
      return { ...common, ...textMeasure('reason', fact.reason) };
  }
}

function receiptMeasures(fact: ReceivedFact): Partial<StatusMeasures> {
  return {
    ...textMeasure('name', membersOf(fact.payload).name),
    digest: payloadDigest(fact.payload),
    ...keyMeasure(fact),
  };
}

const keyMeasure = ({ keyName }: { keyName?: string }) => textMeasure('keyName', keyName);

function deliveryMeasures({ queuedMs, dispatchMs, verified }: DeliveredFact) {
  return {
    ...wholeMeasure('queuedMs', queuedMs),
    ...wholeMeasure('dispatchMs', dispatchMs),
    verified: verified === true,
  };
}

function deferralMeasures({ until, failedAttempts, error }: DeferredFact): Partial<StatusMeasures> {
  return {
    ...wholeMeasure('dueMs', Date.parse(until)),
    ...wholeMeasure('failedAttempts', failedAttempts),
    ...errorMeasures(error),
  };
}

function deadLetterMeasures({ reason, error }: DeadLetteredFact): Partial<StatusMeasures> {
  return {
    ...textMeasure('reason', reason),
    ...errorMeasures(error),
  };
}

function errorMeasures(error: unknown): Partial<StatusMeasures> {
  const { code, message, status } = membersOf(error);
  return {
    ...textMeasure('errorCode', code),
    ...textMeasure('errorMessage', message),
    ...wholeMeasure('errorStatus', status),
  };
}

function attemptMeasures(attempts: unknown) {
  if (!Array.isArray(attempts)) return {};
  let kept = attempts as Attempt[];
  let attemptLog = JSON.stringify(kept);
  while (Buffer.byteLength(attemptLog) > MAX_VALUE_BYTES) {
    kept = kept.slice(1);
    attemptLog = JSON.stringify(kept);
  }
  return { attempts: attempts.length, attemptLog };
}

function membersOf(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}

function textMeasure<Name extends string>(name: Name, value: unknown) {
  if (typeof value !== 'string' || value === '') return {};
  return { [name]: cutToSize(value) } as Record<Name, string>;
}

function wholeMeasure<Name extends string>(name: Name, value: unknown) {
  if (!Number.isSafeInteger(value)) return {};
  return { [name]: value } as Record<Name, number>;
}

/** Cut to what fits, at a character's end. */
function cutToSize(text: string): string {
  if (Buffer.byteLength(text) <= MAX_VALUE_BYTES) return text;
  const cut = Buffer.from(text).subarray(0, MAX_VALUE_BYTES).toString('utf8');
  // Half a character at the end became U+FFFD, which is longer than what was cut.
  return cut.replace(/\uFFFD+$/, '');
}

import { hash } from 'node:crypto';
import { decodeFact } from '../event/decode.ts';
import { payloadOf } from '../event/encode.ts';
import type { Attempt, DeadLetteredFact, FactError, ReceivedFact } from '../event/fact.ts';
import { checkSourceEvent, isJsonObject } from '../event/source-event.ts';
import { toUnixSeconds } from '../event/timestamp.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import type { TargetEvent } from '../ports.ts';
import { malformedFact } from './facts.ts';
import type { DeliveryState } from './next-step.ts';

/**
 * One event on its way to the target, and what has happened to it.
 *
 * States within a batch: *waiting* → *in flight* → *settled*, or *waiting* again, or *condemned* (its dead letter waits for another event to
 * succeed), or *set aside* (the target is not well), or *parked*. What was tried and has not ended when the batch ends is parked, so that
 * an invocation leaves nothing half tried.
 */
export interface Delivery extends DeliveryState {
  key: string;
  /** Place of its record in the batch, from 0. */
  position: number;
  fact: ReceivedFact;
  event: TargetEvent;
  /** Newest last; those before it was parked included. */
  attempts: Attempt[];
  lastError: FactError | undefined;
  /** The target is asked whether it has the event before it is created. */
  verify: boolean;
  /** It goes into a request of its own: one that it shared was refused as a whole. */
  alone: boolean;
  /** A kept connection was reset under one of its calls: the others do not use any. */
  newConnection: boolean;
  /** Its latest lookup failed. */
  lookupFailed: boolean;
  /** Start of the first attempt that failed in this batch; `Infinity` before one has. */
  failedFirstMs: number;
  /** No lookup before this: the target may still be working on it. */
  notBeforeMs: number;
  /** Another version of the same event, which is not sent before this one has ended or is parked. */
  next: Delivery | undefined;
}

/** Content of one record. */
export type RecordReading =
  | { kind: 'deliver'; key: string; delivery: Delivery }
  | { kind: 'malformed'; key: string; fact: DeadLetteredFact }
  /** One of the journal's other facts: nothing to deliver. */
  | { kind: 'ignore' };

/** Maximum length of a record kept in its dead letter if it is no fact: escaped as JSON it must fit into a record again. */
const MAX_KEPT_CHARACTERS = 150_000;

/**
 * Identity of a delivery: event, replay run, payload and deferral. A replay, a corrected re-send and an event that returns from
 * parking are deliveries of their own, so that what an environment remembers never drops them as repetitions.
 */
export function deliveryKey(
  { eventId, replay, deferral }: Pick<ReceivedFact, 'eventId' | 'replay' | 'deferral'>,
  payloadJson: string,
): string {
  return `${eventId}\n${replay?.runId ?? ''}\n${deferral ?? 0}\n${hash('sha1', payloadJson)}`;
}

/** Reads one record of the journal. Total and pure: a record that is no event becomes a dead letter, whole. */
export function readRecord(record: BatchRecord, nowMs: number): RecordReading {
  const text = Buffer.from(record.data).toString('utf8');
  const decoding = decodeFact(text);
  if (!decoding.valid) {
    const kept = text.slice(0, MAX_KEPT_CHARACTERS);
    const origin = { eventId: record.partitionKey, ...fragmentOf(text) };
    return malformed(origin, kept, text, decoding.detail, nowMs);
  }
  if (decoding.fact.type !== 'received') return { kind: 'ignore' };
  const check = checkSourceEvent(decoding.fact.payload);
  const verbatim = payloadOf(text);
  const fact = { ...decoding.fact, payload: verbatim ?? decoding.fact.payload };
  const json = verbatim?.json ?? JSON.stringify(fact.payload);
  if (!check.valid) {
    const detail = check.problems.map(({ field, detail }) => `${field}: ${detail}`).join(' ');
    return malformed(fact, fact.payload, json, detail, nowMs);
  }
  const key = deliveryKey(fact, json);
  const event: TargetEvent = {
    id: check.event.id,
    payload: check.event,
    // `checkSourceEvent` has read it already.
    timestamp: toUnixSeconds(check.event.timestamp) as number,
  };
  return { kind: 'deliver', key, delivery: newDelivery(key, fact, event) };
}

function newDelivery(key: string, fact: ReceivedFact, event: TargetEvent): Delivery {
  return {
    key,
    position: 0,
    fact,
    event,
    attempts: fact.attempts ? [...fact.attempts] : [],
    failedAttempts: fact.failedAttempts ?? 0,
    failedInBatch: 0,
    failedFirstMs: Number.POSITIVE_INFINITY,
    deferral: fact.deferral ?? 0,
    outcomeUnknown: fact.mayRepeat === true,
    condemned: undefined,
    lastError: undefined,
    verify: fact.mayRepeat === true,
    alone: false,
    newConnection: false,
    lookupFailed: false,
    notBeforeMs: 0,
    next: undefined,
  };
}

function malformed(
  origin: Pick<ReceivedFact, 'eventId'> & Partial<Pick<ReceivedFact, 'traceId' | 'replay'>>,
  payload: unknown,
  text: string,
  detail: string,
  nowMs: number,
): RecordReading {
  const fact = malformedFact({ origin, payload, detail, nowMs });
  return { kind: 'malformed', key: deliveryKey(origin, text), fact };
}

/** The trace id of a record that is JSON but no fact. */
function fragmentOf(raw: string): { traceId?: string } {
  try {
    const value: unknown = JSON.parse(raw);
    return isJsonObject(value) && typeof value.traceId === 'string'
      ? { traceId: value.traceId }
      : {};
  } catch {
    return {};
  }
}

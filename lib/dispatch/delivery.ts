import { decodeFact } from '../event/decode.ts';
import { payloadOf } from '../event/encode.ts';
import type { Attempt, DeadLetteredFact, FactError, ReceivedFact } from '../event/fact.ts';
import { checkSourceEvent, isJsonObject } from '../event/source-event.ts';
import type { BatchRecord } from '../kinesis-batch.ts';
import type { TargetItem } from '../ports.ts';
import { enrich } from './enrich.ts';
import { malformedFact } from './facts.ts';
import { deliveryKey } from './settled-memory.ts';

/** One event on its way to the target, and what has happened to it in this batch. */
export interface Delivery {
  key: string;
  fact: ReceivedFact;
  item: TargetItem;
  attempts: Attempt[];
  /** Failed creations that count against the event. */
  failures: number;
  lastError: FactError | undefined;
  /** Ask the target whether it has the event before creating it again. */
  verify: boolean;
  /** It goes into a request of its own: one that it shared was refused as a whole. */
  alone: boolean;
}

/** What a record turns out to be. */
export type Reading =
  | { kind: 'deliver'; key: string; delivery: Delivery }
  | { kind: 'malformed'; key: string; fact: DeadLetteredFact }
  /** One of the journal's other facts: nothing to deliver. */
  | { kind: 'ignore' };

/** Of a record that is no fact, so much is kept in its dead letter: escaped as JSON it must fit into a record again. */
const MAX_KEPT_CHARACTERS = 150_000;

/** Reads one record of the journal. Total and pure: a record that is no event becomes a dead letter, whole. */
export function readRecord(record: BatchRecord, brand: string, nowMs: number): Reading {
  const text = Buffer.from(record.data).toString('utf8');
  const decoding = decodeFact(text);
  if (!decoding.valid) {
    const kept = text.slice(0, MAX_KEPT_CHARACTERS);
    return malformed(record.partitionKey, fragmentOf(text), kept, decoding.detail, nowMs);
  }
  if (decoding.fact.type !== 'received') return { kind: 'ignore' };
  const check = checkSourceEvent(decoding.fact.payload);
  const fact = { ...decoding.fact, payload: payloadOf(text) ?? decoding.fact.payload };
  if (!check.valid) {
    const detail = check.problems.map(({ field, detail }) => `${field}: ${detail}`).join(' ');
    return malformed(fact.eventId, fact, fact.payload, detail, nowMs);
  }
  const key = deliveryKey(fact.eventId, fact.replay);
  const item = enrich(check.event, brand);
  const delivery: Delivery = {
    key,
    fact,
    item,
    attempts: [],
    failures: 0,
    lastError: undefined,
    verify: fact.mayRepeat === true,
    alone: false,
  };
  return { kind: 'deliver', key, delivery };
}

function malformed(
  eventId: string,
  origin: Partial<Pick<ReceivedFact, 'traceId' | 'replay'>>,
  payload: unknown,
  detail: string,
  nowMs: number,
): Reading {
  const fact = malformedFact({ eventId, origin, payload, detail, nowMs });
  return { kind: 'malformed', key: deliveryKey(eventId, origin.replay), fact };
}

/** What can be saved of a record that is JSON but no fact. */
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

import {
  type Attributes,
  type HrTime,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type {
  Attempt,
  DeadLetteredFact,
  DeferredFact,
  DeliveredFact,
  Fact,
  ReceivedFact,
} from '../event/fact.ts';
import { MAX_ATTEMPTS_KEPT } from '../event/fact.ts';
import { isJsonObject } from '../event/source-event.ts';
import { attemptSpanId, endSpanId, receiptSpanId } from '../event/span-id.ts';
import { SAMPLED } from '../trace-context.ts';
import { type AttributeSource, attributesOf } from './span-attributes.ts';

/** The pipeline as its spans describe it. */
export interface SpanSource extends AttributeSource {
  resource: Resource;
}

/** A fact that ends a delivery. */
export type EndFact = DeferredFact | DeliveredFact | DeadLetteredFact;

/** A span without what all spans of its fact have in common. Times are in milliseconds since the epoch. */
interface Span {
  name: string;
  kind: SpanKind;
  spanId: string;
  parentSpanId: string | undefined;
  /** The parent is of another service. */
  hasRemoteParent?: boolean;
  startMs: number;
  endMs: number;
  attributes: Attributes;
  error?: string | undefined;
  link?: { traceId: string; spanId: string } | undefined;
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const SCOPE = { name: 'orchestrator' };

/**
 * The spans of one fact. Those of all facts of an event are its life, each span once:
 *
 * - `received`: a span without a duration, child of the caller's. Of a replay, it links to the receipt that is replayed.
 * - `deferred`, `delivered` and `deadLettered`: from the first of its attempts to the fact, child of `received`. Below it, a span for each attempt
 *   that no earlier fact has. Beside it `queue`, from the receipt to the first attempt, of an event that was not parked before.
 *
 * A return from parking and a dismissal have none. Nor has a fact without a valid trace id. Total: a fact comes from a journal that others can write
 * to, so no member is taken for what it should be. Pure.
 */
export function spansOf(fact: Fact, source: SpanSource): ReadableSpan[] {
  if (!TRACE_ID.test(fact.traceId) || fact.type === 'dismissed') return [];
  const spans = fact.type === 'received' ? receiptSpans(fact, source) : endSpans(fact, source);
  return spans.map((span) => readableSpan(span, fact, source.resource));
}

function receiptSpans(fact: ReceivedFact, source: SpanSource): Span[] {
  if (fact.deferral !== undefined) return [];
  const { parentSpanId, replay, replayOf } = fact;
  const atMs = Date.parse(fact.at);
  const isLinked = TRACE_ID.test(replayOf?.traceId ?? '') && SPAN_ID.test(replayOf?.spanId ?? '');
  return [
    {
      name: 'received',
      kind: replay ? SpanKind.PRODUCER : SpanKind.SERVER,
      spanId: receiptSpanId({ ...fact, receivedAt: fact.at }),
      parentSpanId: SPAN_ID.test(parentSpanId ?? '') ? parentSpanId : undefined,
      hasRemoteParent: true,
      startMs: atMs,
      endMs: atMs,
      attributes: attributesOf.receipt(fact, source),
      link: isLinked ? replayOf : undefined,
    },
  ];
}

function endSpans(fact: EndFact, source: SpanSource): Span[] {
  const attempts = attemptsOf(fact);
  const receivedAt = textOf(fact.receivedAt);
  const parentSpanId =
    receivedAt === undefined ? undefined : receiptSpanId({ ...fact, receivedAt });
  const atMs = Date.parse(fact.at);
  const end: Span = {
    name: fact.type,
    kind: SpanKind.CONSUMER,
    spanId: endSpanId(fact, fact.type),
    parentSpanId,
    startMs: Math.min(atMs, attempts[0] ? Date.parse(attempts[0].at) : atMs),
    endMs: atMs,
    attributes: attributesOf.end(fact, source),
    error: fact.type === 'delivered' ? undefined : errorText(fact.error),
  };
  return [
    ...queueSpans(fact, parentSpanId, source),
    end,
    ...attempts.map((attempt) => attemptSpan(attempt, fact, end.spanId, source)),
  ];
}

/** Times of a parked event's waits are those of the facts around them. An attempt that is not kept would hide the end of the wait. */
function queueSpans(fact: EndFact, parentSpanId: string | undefined, source: SpanSource): Span[] {
  const [first] = wellFormed(fact.attempts);
  const deferrals = (fact.deferral ?? 0) - (fact.type === 'deferred' ? 1 : 0);
  const isCut = (fact.attempts?.length ?? 0) >= MAX_ATTEMPTS_KEPT;
  if (!first || deferrals > 0 || isCut || parentSpanId === undefined) return [];
  const startMs = Date.parse(fact.receivedAt ?? '');
  return [
    {
      name: 'queue',
      kind: SpanKind.CONSUMER,
      spanId: endSpanId(fact, 'queue'),
      parentSpanId,
      startMs,
      // The clocks of two functions may differ.
      endMs: Math.max(startMs, Date.parse(first.at)),
      attributes: attributesOf.queue(fact, source),
    },
  ];
}

function attemptSpan(
  attempt: Attempt,
  fact: EndFact,
  parentSpanId: string,
  source: SpanSource,
): Span {
  const { at, ms, outcome, error } = attempt;
  const startMs = Date.parse(at);
  const isSuccess = outcome === 'delivered' || outcome === 'duplicate';
  return {
    name: 'attempt',
    kind: SpanKind.CLIENT,
    spanId: attemptSpanId(fact, at),
    parentSpanId,
    startMs,
    endMs: startMs + ms,
    attributes: attributesOf.attempt(attempt, fact, source),
    error: isSuccess ? undefined : (textOf(error) ?? String(outcome)),
  };
}

/** The attempts that no earlier fact has. */
function attemptsOf({ attempts, carriedAttempts }: EndFact): Attempt[] {
  const carried = Number.isSafeInteger(carriedAttempts) ? Number(carriedAttempts) : 0;
  return wellFormed(Array.isArray(attempts) ? attempts.slice(Math.max(0, carried)) : attempts);
}

function wellFormed(attempts: unknown): Attempt[] {
  if (!Array.isArray(attempts)) return [];
  return attempts.filter(
    (attempt) =>
      isJsonObject(attempt) &&
      typeof attempt.at === 'string' &&
      Date.parse(attempt.at) >= 0 &&
      Number.isSafeInteger(attempt.ms) &&
      Number(attempt.ms) >= 0,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function errorText(error: unknown): string {
  const { code, message } = isJsonObject(error) ? error : {};
  return [textOf(code), textOf(message)].filter(Boolean).join(': ');
}

function readableSpan(span: Span, fact: Fact, resource: Resource): ReadableSpan {
  const { traceId } = fact;
  const traceFlags = (Number(fact.traceFlags ?? 0) & 0xff) | SAMPLED;
  const { name, kind, spanId, parentSpanId, startMs, endMs, attributes, link } = span;
  const context = { traceId, spanId, traceFlags };
  const isRemote = span.hasRemoteParent ?? false;
  return {
    ...{ name, kind, attributes, resource },
    spanContext: () => context,
    ...(parentSpanId && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags, isRemote },
    }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: statusOf(span.error),
    links: link ? [{ context: { ...link, traceFlags: 0 } }] : [],
    events: [],
    ended: true,
    instrumentationScope: SCOPE,
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

/** Success is left unset, as instrumentation should (OpenTelemetry specification, Trace API, "Set Status"). */
function statusOf(error: string | undefined): SpanStatus {
  if (error === undefined) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, message: error };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

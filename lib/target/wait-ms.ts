import { isJsonObject } from '../event/source-event.ts';
import type { TargetAnswer, TargetResponse } from './answer.ts';
import { rateLimitResetMs } from './rate-limit-headers.ts';
import { durationMs, momentMs, positive, secondsOrMoment } from './wait-values.ts';

type Headers = Record<string, string>;

/**
 * Milliseconds that the target asks to wait, on any status; `undefined` when it asks for nothing that can be read. 0, negative
 * values and moments in the past are no statement. Nothing is capped here. Pure.
 *
 * The most direct statement wins: `Retry-After`, then the body's own fields, then its text, then a budget's refill rate, then the end of
 * a rate limit's window.
 */
export function waitMsOf(answer: TargetAnswer, nowMs: number): number | undefined {
  if (answer.kind === 'noResponse') return undefined;
  return (
    retryAfterMsOf(answer.headers, nowMs) ??
    bodyWaitMs(answer, nowMs) ??
    messageWaitMs(answer) ??
    budgetWaitMs(answer.body) ??
    rateLimitResetMs(answer.headers, nowMs)
  );
}

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), or in milliseconds as Azure sends it. Pure. */
export function retryAfterMsOf(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms'];
  return (
    positive(Number(milliseconds ?? Number.NaN)) ??
    secondsOrMoment(headers['retry-after'], nowMs) ??
    secondsOrMoment(headers['x-retry-after'], nowMs)
  );
}

/** Names of fields that hold a wait, in lower case without separators. */
const SECONDS = new Set([
  'retryinseconds',
  'retryafter',
  'retryafterseconds',
  'retryin',
  'retrydelay',
]);
const MILLISECONDS = new Set([
  'retryafterms',
  'retryinms',
  'retryaftermilliseconds',
  'msbeforenext',
]);
const MOMENTS = new Set(['resetat', 'retryat', 'retryafterdate']);

/** Fields such as `retry_in_seconds`, in errors, their extensions, or beside them. */
function bodyWaitMs({ body, errors }: TargetResponse, nowMs: number): number | undefined {
  if (!isJsonObject(body)) return undefined;
  const entries = Array.isArray(body.errors) ? body.errors.slice(0, 20) : [body.errors, body.error];
  const sources = [
    ...errors.map(({ extensions }) => extensions),
    ...entries,
    body.extensions,
    body,
  ];
  const waits = sources.flatMap((source) => fieldWaits(source, nowMs, 2));
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Never looks into `data`: a field of the same name there is the item's own. */
function fieldWaits(source: unknown, nowMs: number, levels: number): number[] {
  if (!isJsonObject(source)) return [];
  return Object.entries(source).flatMap(([name, value]) => {
    if (name === 'data') return [];
    if (isJsonObject(value)) return levels > 1 ? fieldWaits(value, nowMs, levels - 1) : [];
    const wait = fieldWait(name.toLowerCase().replace(/[^a-z]/g, ''), value, nowMs);
    return wait === undefined ? [] : [wait];
  });
}

function fieldWait(name: string, value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  if (SECONDS.has(name)) return secondsOrMoment(String(value), nowMs);
  if (MILLISECONDS.has(name)) return positive(Number(value));
  return MOMENTS.has(name) ? momentMs(String(value), nowMs) : undefined;
}

/** `reset in 19 seconds`, `try again in 1.5s`, `retry after 30 seconds`, `replenished in 00:12:30`. */
const SAID_WAIT =
  /\b(?:reset|resets|retry|try again|again|wait|available|replenished)\b[^\d.]{0,20}?(\d\d:\d\d:\d\d\b|\d{1,9}(?:\.\d{1,6})? ?(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?))\b/i;

function messageWaitMs({ errors, body }: TargetResponse): number | undefined {
  const texts = errors.slice(0, 20).map(({ message }) => message);
  if (typeof body === 'string') texts.push(body);
  const waits = texts.flatMap((text) => {
    const said = SAID_WAIT.exec(text.slice(0, 2000))?.[1];
    return (said && durationMs(said)) || [];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Shopify: the missing points of the query's cost, at the rate at which the bucket refills. */
function budgetWaitMs(body: unknown): number | undefined {
  const extensions = isJsonObject(body) ? body.extensions : undefined;
  const cost = isJsonObject(extensions) ? extensions.cost : undefined;
  if (!isJsonObject(cost) || !isJsonObject(cost.throttleStatus)) return undefined;
  const { currentlyAvailable, restoreRate } = cost.throttleStatus;
  const missing = Number(cost.requestedQueryCost) - Number(currentlyAvailable);
  return positive((missing / Number(restoreRate)) * 1000);
}

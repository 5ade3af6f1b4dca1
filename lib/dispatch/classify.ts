import type { GraphQlError, TargetAnswer } from '../ports.ts';
import {
  CREDENTIAL_UNAVAILABLE,
  DEFAULT_CODES,
  normaliseCode,
  type Outcome,
  type OutcomeCodes,
} from './outcome.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** Failures before a request could reach the target: it certainly did not act. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  CREDENTIAL_UNAVAILABLE,
]);

/** Error codes of a target that lost sight of what it asked for. */
const AMBIGUOUS_CODES = new Set(['TIMEOUT', 'DOWNSTREAM_SERVICE_ERROR']);

/** Statuses of a middleman that lost sight of the target, which may have acted. */
const AMBIGUOUS_STATUSES = new Set([408, 502, 504]);

/**
 * Statuses that, like a redirect, say something of the endpoint, our credential or the moment, and nothing of the event: an
 * expired key must not turn every event into a dead letter.
 */
const NOT_ABOUT_THE_EVENT = new Set([401, 403, 404, 405, 407, 408, 421, 425]);

type Response = Extract<TargetAnswer, { kind: 'response' }>;

/** What a lookup came to: the item is there (`delivered`), it is not, or the call itself failed. */
export type Lookup = Outcome | { kind: 'absent' };

/**
 * Decides what an answer means for one of the items that the call was about. A GraphQL server may answer errors with
 * status 200, so the errors' codes are read before the status; an error with a `path` counts for its own item only,
 * one without for all. Pure.
 *
 * @param field the item's response field: its non-null value is what counts as success.
 */
export function classify(
  answer: TargetAnswer,
  field: string,
  nowMs: number,
  codes: OutcomeCodes = DEFAULT_CODES,
): Outcome {
  if (answer.kind === 'noResponse') {
    const { code, message } = answer;
    return { kind: 'transient', ambiguous: !NEVER_SENT.has(code), code, message };
  }
  const errors = answer.errors.filter(({ path }) => !path?.length || path[0] === field);
  const [first] = errors;
  if (first) return classifyErrors(answer, errors, first, nowMs, codes);
  if (answer.status >= 300) return classifyStatus(answer, nowMs);
  if (answer.data?.[field] != null) return { kind: 'delivered' };
  return {
    kind: 'transient',
    ambiguous: true,
    code: 'NO_DATA',
    message: `the target answered ${answer.status} with neither ${field} nor errors`,
  };
}

/** The same for a lookup: `null` without an error is an id that the target does not have. Pure. */
export function classifyLookup(
  answer: TargetAnswer,
  field: string,
  nowMs: number,
  codes: OutcomeCodes = DEFAULT_CODES,
): Lookup {
  if (answer.kind === 'response' && answer.status < 300 && answer.data?.[field] === null) {
    const concerned = answer.errors.some(({ path }) => !path?.length || path[0] === field);
    if (!concerned) return { kind: 'absent' };
  }
  return classify(answer, field, nowMs, codes);
}

function classifyErrors(
  answer: Response,
  errors: GraphQlError[],
  first: GraphQlError,
  nowMs: number,
  codes: OutcomeCodes,
): Outcome {
  const coded = errors.map((error) => ({ code: codeOf(error), message: error.message }));
  const within = (set: ReadonlySet<string>) => coded.find(({ code }) => set.has(code));

  const throttled = within(codes.throttled);
  if (throttled)
    return { kind: 'throttled', retryAfterMs: retryAfterMs(answer, nowMs), ...throttled };
  if (within(codes.duplicate)) return { kind: 'duplicate' };
  const transient = within(codes.transient);
  if (transient) {
    const ambiguous = AMBIGUOUS_STATUSES.has(answer.status) || AMBIGUOUS_CODES.has(transient.code);
    return { kind: 'transient', ambiguous, ...transient };
  }

  if (answer.status === 429 || answer.status >= 500) return classifyStatus(answer, nowMs);
  return { kind: 'rejected', code: codeOf(first) || 'GRAPHQL_ERROR', message: first.message };
}

function classifyStatus(answer: Response, nowMs: number): Outcome {
  const { status } = answer;
  const code = `HTTP_${status}`;
  const message = answer.errors[0]?.message ?? `the target answered with status ${status}`;
  if (status === 429)
    return { kind: 'throttled', retryAfterMs: retryAfterMs(answer, nowMs), code, message };
  if (status < 400 || status >= 500 || NOT_ABOUT_THE_EVENT.has(status))
    return { kind: 'transient', ambiguous: AMBIGUOUS_STATUSES.has(status), code, message };
  return { kind: 'rejected', code, message };
}

function retryAfterMs(answer: Response, nowMs: number): number | undefined {
  return parseRetryAfterMs(answer.retryAfter, nowMs);
}

function codeOf(error: GraphQlError): string {
  const code = error.extensions?.code ?? error.type ?? error.errorType;
  return typeof code === 'string' ? normaliseCode(code) : '';
}

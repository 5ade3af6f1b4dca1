import type { GraphQlError, TargetAnswer } from '../ports.ts';
import { DEFAULT_CODES, type Outcome, type OutcomeCodes } from './outcome.ts';
import { parseRetryAfterMs } from './retry-after.ts';

/** Failures before a request could reach the target: it certainly did not act. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Statuses of a middleman that lost sight of the target, which may have acted. */
const AMBIGUOUS_STATUSES = new Set([408, 502, 504]);

type Response = Extract<TargetAnswer, { kind: 'response' }>;

/**
 * Decides what an answer means. A GraphQL server may answer errors with status 200, so the errors' codes are
 * read before the status. Pure.
 *
 * @param field the field asked for (`createItem`): its non-null value is what counts as success.
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
  const [first] = answer.errors;
  if (first) return classifyErrors(answer, first, nowMs, codes);
  if (answer.status === 429 || answer.status >= 400) return classifyStatus(answer, nowMs);
  if (answer.data?.[field] != null) return { kind: 'delivered' };
  return {
    kind: 'transient',
    ambiguous: true,
    code: 'NO_DATA',
    message: `the target answered ${answer.status} with neither ${field} nor errors`,
  };
}

function classifyErrors(
  answer: Response,
  first: GraphQlError,
  nowMs: number,
  codes: OutcomeCodes,
): Outcome {
  const coded = answer.errors.map((error) => ({ code: codeOf(error), message: error.message }));
  const within = (set: ReadonlySet<string>) => coded.find(({ code }) => set.has(code));

  const throttled = within(codes.throttled);
  if (throttled)
    return { kind: 'throttled', retryAfterMs: retryAfterMs(answer, nowMs), ...throttled };
  if (within(codes.duplicate)) return { kind: 'duplicate' };
  const transient = within(codes.transient);
  if (transient) return { kind: 'transient', ambiguous: false, ...transient };

  if (answer.status === 429 || answer.status >= 500) return classifyStatus(answer, nowMs);
  return { kind: 'rejected', code: codeOf(first) || 'GRAPHQL_ERROR', message: first.message };
}

function classifyStatus(answer: Response, nowMs: number): Outcome {
  const { status } = answer;
  const code = `HTTP_${status}`;
  const message = answer.errors[0]?.message ?? `the target answered with status ${status}`;
  if (status === 429)
    return { kind: 'throttled', retryAfterMs: retryAfterMs(answer, nowMs), code, message };
  if (status >= 500 || status === 408 || status === 425)
    return { kind: 'transient', ambiguous: AMBIGUOUS_STATUSES.has(status), code, message };
  return { kind: 'rejected', code, message };
}

function retryAfterMs(answer: Response, nowMs: number): number | undefined {
  return parseRetryAfterMs(answer.retryAfter, nowMs);
}

/** The error's code in the one form that {@link OutcomeCodes} uses: `rate-limit-exceeded` is `RATE_LIMIT_EXCEEDED`. */
function codeOf(error: GraphQlError): string {
  const code = error.extensions?.code ?? error.type ?? error.errorType;
  return typeof code === 'string' ? code.toUpperCase().replaceAll('-', '_') : '';
}

import { describe, expect, it } from 'vitest';
import { classify } from '../../../lib/dispatch/classify.ts';
import type { Outcome } from '../../../lib/dispatch/outcome.ts';
import type { GraphQlError, TargetAnswer } from '../../../lib/ports.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

type Response = Extract<TargetAnswer, { kind: 'response' }>;

function response(status: number, more: Partial<Response> = {}): TargetAnswer {
  return { kind: 'response', status, retryAfter: undefined, data: undefined, errors: [], ...more };
}

function errors(code: string | undefined, message = 'no'): { errors: GraphQlError[] } {
  return { errors: [code === undefined ? { message } : { message, extensions: { code } }] };
}

const noResponse = (code: string): TargetAnswer => ({ kind: 'noResponse', code, message: code });

/** Keyed by the outcome's kind, so that a new kind does not compile until somebody writes its cases. */
const CASES: Record<Outcome['kind'], [string, TargetAnswer, Partial<Outcome>?][]> = {
  delivered: [['a created item', response(200, { data: { createItem: { id: 'e' } } })]],
  duplicate: [
    ['an id that exists', response(200, errors('ALREADY_EXISTS'))],
    ['the same with status 409', response(409, errors('already_exists'))],
    ['the same beside null data', response(200, { data: null, ...errors('DUPLICATE') })],
  ],
  throttled: [
    ['429 in seconds', response(429, { retryAfter: '2' }), { retryAfterMs: 2000 }],
    [
      '429 with a date',
      response(429, { retryAfter: 'Thu, 01 Jan 2026 12:00:05 GMT' }),
      { retryAfterMs: 5000 },
    ],
    ['429 without a time', response(429), { retryAfterMs: undefined }],
    ['429 with an unknown code', response(429, errors('SLOW')), { code: 'HTTP_429' }],
    ['Yoga and Envelop', response(200, errors('TOO_MANY_REQUESTS'))],
    ['Apollo', response(200, errors('RATE_LIMITED'))],
    ['GitHub', response(200, { errors: [{ message: 'slow', type: 'RATE_LIMITED' }] })],
    ['Hasura', response(200, errors('rate-limit-exceeded'))],
    ['Shopify', response(200, errors('THROTTLED'))],
    [
      'AppSync',
      response(200, {
        errors: [{ message: 'slow', errorType: 'ThrottlingException' }],
      }),
    ],
    [
      'a throttle among others',
      response(200, { errors: [...errors('X').errors, ...errors('RATE_LIMITED').errors] }),
    ],
  ],
  transient: [
    ['500', response(500), { ambiguous: false, code: 'HTTP_500' }],
    ['503', response(503), { ambiguous: false }],
    ['502 of a middleman', response(502), { ambiguous: true }],
    ['504 of a middleman', response(504), { ambiguous: true }],
    ['500 with an unknown code', response(500, errors('BOOM')), { code: 'HTTP_500' }],
    [
      'an internal GraphQL error',
      response(200, errors('INTERNAL_SERVER_ERROR')),
      { ambiguous: false },
    ],
    ['200 without anything', response(200), { ambiguous: true, code: 'NO_DATA' }],
    ['200 with another field', response(200, { data: { other: 1 } }), { ambiguous: true }],
    ['a refused connection', noResponse('ECONNREFUSED'), { ambiguous: false }],
    ['an unknown host', noResponse('ENOTFOUND'), { ambiguous: false }],
    ['a reset', noResponse('ECONNRESET'), { ambiguous: true }],
    ['a timeout', noResponse('TIMEOUT'), { ambiguous: true }],
    ['a body that cannot be read', noResponse('UNREADABLE'), { ambiguous: true }],
  ],
  rejected: [
    ['400', response(400), { code: 'HTTP_400' }],
    ['401', response(401)],
    ['404', response(404)],
    [
      'a validation error',
      response(400, errors('GRAPHQL_VALIDATION_FAILED')),
      { code: 'GRAPHQL_VALIDATION_FAILED' },
    ],
    [
      'bad user input with status 200',
      response(200, errors('BAD_USER_INPUT', 'too long')),
      { message: 'too long' },
    ],
    ['an error without a code', response(200, errors(undefined)), { code: 'GRAPHQL_ERROR' }],
    [
      'partial data with an error',
      response(200, { data: { createItem: null }, ...errors('FORBIDDEN') }),
    ],
  ],
};

describe.each(Object.entries(CASES))('%s', (kind, cases) => {
  it.each(cases)('is %s', (_, answer, details = {}) => {
    expect(classify(answer, 'createItem', NOW)).toMatchObject({ kind, ...details });
  });
});

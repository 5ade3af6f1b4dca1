import { describe, expect, it } from 'vitest';
import { classify, classifyLookup } from '../../../lib/dispatch/classify.ts';
import { type Outcome, withCodes } from '../../../lib/dispatch/outcome.ts';
import type { GraphQlError, TargetAnswer } from '../../../lib/ports.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

type Response = Extract<TargetAnswer, { kind: 'response' }>;

function response(status: number, more: Partial<Response> = {}): TargetAnswer {
  return {
    kind: 'response',
    status,
    retryAfter: undefined,
    fields: ['createItem'],
    data: undefined,
    errors: [],
    ...more,
  };
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
    ['401: our credential, not the event', response(401), { ambiguous: false }],
    ['404: the endpoint, not the event', response(404)],
    ['an unauthenticated GraphQL error', response(200, errors('UNAUTHENTICATED'))],
    ['a redirect', response(301), { ambiguous: false, code: 'HTTP_301' }],
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
    ['422', response(422)],
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

describe('with several items in a request', () => {
  const answer = response(200, {
    fields: ['item0', 'item1', 'item2'],
    data: { item0: { id: 'a' }, item1: null, item2: null },
    errors: [{ message: 'bad', path: ['item1', 'id'], extensions: { code: 'BAD_USER_INPUT' } }],
  });

  it.each([
    ['item0', 'delivered'],
    ['item1', 'rejected'],
    ['item2', 'transient'],
  ])('judges %s by its own data and errors: %s', (field, kind) => {
    expect(classify(answer, field, NOW).kind).toBe(kind);
  });

  it('takes an error without a path as one of each', () => {
    const throttled = response(200, { data: null, ...errors('THROTTLED') });
    expect(classify(throttled, 'item0', NOW).kind).toBe('throttled');
  });
});

describe('classifyLookup', () => {
  it.each([
    ['the item', response(200, { data: { getItem: { id: 'e' } } }), 'delivered'],
    ['null', response(200, { data: { getItem: null } }), 'absent'],
    [
      'null with an error',
      response(200, { data: { getItem: null }, ...errors('INTERNAL_ERROR') }),
      'transient',
    ],
    ['nothing', response(200), 'transient'],
    [
      'a target that has no such query',
      response(400, errors('GRAPHQL_VALIDATION_FAILED')),
      'rejected',
    ],
  ])('of %s is %s', (_, answer, kind) => {
    expect(classifyLookup(answer, 'getItem', NOW).kind).toBe(kind);
  });
});

describe('withCodes', () => {
  it('adds a target’s own codes to the usual ones, however they are spelt', () => {
    const codes = withCodes({ throttled: ['slow-down'], duplicate: ['item_exists'] });
    expect(classify(response(200, errors('SLOW_DOWN')), 'createItem', NOW, codes).kind).toBe(
      'throttled',
    );
    expect(classify(response(200, errors('Item-Exists')), 'createItem', NOW, codes).kind).toBe(
      'duplicate',
    );
    expect(classify(response(200, errors('THROTTLED')), 'createItem', NOW, codes).kind).toBe(
      'throttled',
    );
  });
});

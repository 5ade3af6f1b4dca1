import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LookupVerdict, Verdict } from '../../../lib/ports.ts';
import { readAnswer, type TargetAnswer } from '../../../lib/target/answer.ts';
import { DEFAULT_CODES, withCodes } from '../../../lib/target/codes.ts';
import { type LookedUpItem, lookupVerdictOf } from '../../../lib/target/lookup-verdict.ts';
import { type CreatedItem, verdictOf } from '../../../lib/target/verdict.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const OPTIONS = { codes: DEFAULT_CODES, nowMs: NOW };

type Case = [name: string, answer: TargetAnswer, details?: object, item?: Partial<CreatedItem>];

const noResponse = (code: string): TargetAnswer => ({ kind: 'noResponse', code, message: code });
const respond = (status: number, body: unknown = '', headers = {}) =>
  readAnswer(status, headers, typeof body === 'string' ? body : JSON.stringify(body));
const error = (code: unknown, more: object = {}) => ({
  errors: [{ message: 'no', ...(code === undefined ? {} : { extensions: { code } }), ...more }],
});
const ITEM: CreatedItem = { field: 'f', fields: ['f'], created: false, userErrors: [] };
const isCreated = { created: true };
const userErrors = (...errors: unknown[]) => ({ userErrors: errors });

/** Keyed by the kind, so that a new kind does not compile until its cases are written. */
const CASES: Record<Verdict['kind'], Case[]> = {
  delivered: [
    ['a created item', respond(200, { data: { f: {} } }), {}, isCreated],
    ['an error status beside it', respond(503, { data: { f: {} } }), {}, isCreated],
    ['an error beside it', respond(200, error('THROTTLED')), {}, isCreated],
    ['a contract that says so', respond(409), {}, { contractFinding: { verdict: 'delivered' } }],
  ],
  duplicate: [
    ['a code of the list', respond(200, error('ALREADY_EXISTS'))],
    ['in another spelling', respond(409, error('alreadyExists'))],
    ['as an exception class', respond(200, error('com.shop.DuplicateIdException'))],
    ['as a user error', respond(200, { data: { f: {} } }), {}, userErrors({ code: 'DUPLICATE' })],
    ['a contract that says so', respond(200), {}, { contractFinding: { verdict: 'duplicate' } }],
  ],
  throttled: [
    ['429', respond(429), { code: 'HTTP_429' }],
    ['430', respond(430, '', { 'retry-after': '2' }), { waitMs: 2000 }],
    ['403 with Retry-After', respond(403, '', { 'retry-after': '60' }), { waitMs: 60_000 }],
    ['403 with nothing remaining', respond(403, '', { 'x-ratelimit-remaining': '0' })],
    ['401 with a throttling code', respond(401, error('RATE_LIMITED')), { code: 'RATE_LIMITED' }],
    ['403 with words in a page', respond(403, '<h1>You are being rate limited</h1>')],
    ['503 with a throttling code', respond(503, error('REQUEST_RATE_LIMITED'))],
    ...['RATELIMITED', 'rate-limit-exceeded', 'TooManyRequestsException', 'THROTTLING_ERROR'].map(
      (code): Case => [`code ${code}`, respond(200, error(code))],
    ),
    ...['QUOTA_EXCEEDED', 'RESOURCE_EXHAUSTED', 'SlowDown', 429, '429', 'HTTP_429'].map(
      (code): Case => [`code ${code}`, respond(200, error(code))],
    ),
    [
      'a code among others',
      respond(200, { errors: [{ message: 'x' }, ...error('THROTTLED').errors] }),
    ],
    ['words without a code', respond(200, error(undefined, { message: 'Too many requests' }))],
    ['a user error without a code', respond(200), {}, userErrors({ message: 'Too many attempts' })],
    ['a contract that says so', respond(200), {}, { contractFinding: { verdict: 'throttled' } }],
  ],
  unauthorized: [
    ['401', respond(401), { code: 'HTTP_401' }],
    ['403 with a page', respond(403, '<h1>Forbidden</h1>')],
    ...['UNAUTHENTICATED', 'invalid-jwt', 'TOKEN_EXPIRED', 'FORBIDDEN', 'INVALID_API_KEY', 401].map(
      (code): Case => [`code ${code}`, respond(200, error(code))],
    ),
    ['words without a code', respond(200, error(undefined, { message: 'jwt expired' }))],
    ['a user error', respond(200), {}, userErrors({ code: 'PERMISSION_DENIED', message: 'no' })],
    ['a contract that says so', respond(200), {}, { contractFinding: { verdict: 'unauthorized' } }],
  ],
  unavailable: [
    ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CREDENTIAL_UNAVAILABLE', 'CERT_HAS_EXPIRED'].map(
      (code): Case => [`no response: ${code}`, noResponse(code), { code }],
    ),
    ['a handshake that is reset', { ...noResponse('ECONNRESET'), neverSent: true } as TargetAnswer],
    ...[301, 308, 402, 404, 405, 407, 410, 421, 423, 425].map(
      (status): Case => [
        `${status} with any body`,
        respond(status, error('BAD_USER_INPUT')),
        { code: `HTTP_${status}` },
      ],
    ),
    ['a wait beside it', respond(423, '', { 'retry-after': '5' }), { waitMs: 5000 }],
    ...['MAX_COST_EXCEEDED', 'QUERY_TOO_COMPLEX', 'DEPTH_LIMIT_EXCEEDED'].map(
      (code): Case => [`code ${code}`, respond(400, error(code))],
    ),
    [
      'a document without a code',
      respond(400, error(undefined, { message: 'Unknown argument "x"' })),
    ],
    ['a contract that says so', respond(200), {}, { contractFinding: { verdict: 'unavailable' } }],
  ],
  unknown: [
    ...['TIMEOUT', 'ECONNRESET', 'EPIPE', 'RESPONSE_TOO_LARGE', 'NO_RESPONSE'].map(
      (code): Case => [`no response: ${code}`, noResponse(code), { code }],
    ),
    ...[408, 500, 502, 504, 520, 529, 530, 561, 598, 599].map(
      (status): Case => [`${status} with any body`, respond(status, error('BAD_USER_INPUT'))],
    ),
    [
      '503 with throttling words only',
      respond(503, { message: 'x', errors: [{ message: 'Throttled' }] }),
    ],
    ['400 without errors', respond(400, '<h1>Bad Request</h1>'), { code: 'HTTP_400' }],
    ['400 of a gateway', respond(400, { message: 'bad', code: 'INVALID_ARGUMENT' })],
    ['409', respond(409, '', { 'retry-after': '1' }), { code: 'HTTP_409', waitMs: 1000 }],
    ['415, 422 and 418', respond(422)],
    ['another id', respond(200, { data: { f: { id: 'x' } } }), { code: 'NO_DATA' }],
    ['HTML', respond(200, '<html>'), { code: 'UNREADABLE' }],
    ['two batch answers', respond(200, [{ data: { f: {} } }, {}])],
    ...[
      'INTERNAL_SERVER_ERROR',
      'GATEWAY_TIMEOUT',
      'CONFLICT',
      'UNIQUE',
      'NOT_FOUND',
      'SOMETHING',
      409,
      503,
    ].map((code): Case => [`code ${code}`, respond(200, error(code))]),
    [
      'an internal error beside a bad input',
      respond(200, { errors: [...error('INTERNAL').errors, ...error('BAD_USER_INPUT').errors] }),
    ],
    [
      'an unreadable error beside a bad input',
      respond(200, { errors: [null, ...error('BAD_USER_INPUT').errors] }),
    ],
    [
      'a bad input of a field within',
      respond(200, error('BAD_USER_INPUT', { path: ['f', 'brand'] })),
    ],
    ['a throttle of a field within', respond(200, error('THROTTLED', { path: ['f', 'brand'] }))],
    [
      'data beside a bad input',
      respond(200, { data: { f: { id: null } }, ...error('BAD_USER_INPUT') }),
    ],
    [
      'a bad input that names a duplicate',
      respond(200, error('BAD_USER_INPUT', { message: 'id already exists' })),
    ],
    [
      'a user error that names a duplicate',
      respond(200),
      {},
      userErrors({ message: 'has already been taken' }),
    ],
    ['a user error that is internal', respond(200), {}, userErrors({ code: 'INTERNAL_ERROR' })],
    [
      'an expression that fails',
      respond(200, { data: { f: {} } }),
      { code: 'CONTRACT_FAULT' },
      { created: 'fault' },
    ],
    ['a contract that says so', respond(200), {}, { contractFinding: { verdict: 'unknown' } }],
  ],
  rejected: [
    [
      'a document, which is the same for every event',
      respond(400, error('GRAPHQL_VALIDATION_FAILED')),
      { isAboutDocument: true },
    ],
    ...[
      'BAD_USER_INPUT',
      'INVALID_ARGUMENT',
      'VALIDATION_ERROR',
      'UNPROCESSABLE_ENTITY',
      400,
      422,
    ].map((code): Case => [`code ${code}`, respond(200, error(code))]),
    ['BAD_REQUEST of a resolver', respond(200, error('BAD_REQUEST', { path: ['f'] }))],
    [
      'a variable of the document',
      respond(
        400,
        error('GRAPHQL_VALIDATION_FAILED', { message: 'Variable "$name" got invalid value 7' }),
      ),
    ],
    ...[413, 414, 431].map(
      (status): Case => [`${status}`, respond(status, '<h1>'), { code: `HTTP_${status}` }],
    ),
    ['413 with an error of no kind', respond(413, error(undefined)), { code: 'HTTP_413' }],
    [
      'user errors',
      respond(200, { data: { f: {} } }),
      { code: 'TOO_LONG', message: 'one; two' },
      userErrors({ code: 'TOO_LONG', message: 'one' }, { code: 'BLANK', message: 'two' }),
    ],
    [
      'a user error of no kind',
      respond(200),
      { message: 'sold out' },
      userErrors({ message: 'sold out' }),
    ],
    ['a user error as a text', respond(200), { message: 'sold out' }, userErrors('sold out', null)],
    [
      'a user error by its type',
      respond(200),
      { code: 'NOTFOUNDERROR' },
      userErrors({ __typename: 'NotFoundError', message: 'x' }),
    ],
    [
      'a contract that says so',
      respond(500, error('X')),
      { code: 'X', message: 'no' },
      { contractFinding: { verdict: 'rejected' } },
    ],
  ],
};

describe.each(Object.entries(CASES))('a creation is %s', (kind, cases) => {
  it.each(cases)('%s', (_, answer, details = {}, item = {}) => {
    expect(verdictOf(answer, { ...ITEM, ...item }, OPTIONS)).toMatchObject({ kind, ...details });
  });
});

describe('a verdict of the contract', () => {
  it('brings its own wait, and says so when nothing names a cause', () => {
    const item = { ...ITEM, contractFinding: { verdict: 'throttled' as const, waitMs: 7000 } };
    expect(verdictOf(respond(200, { data: {} }), item, OPTIONS)).toEqual({
      kind: 'throttled',
      waitMs: 7000,
      code: 'CONTRACT_VERDICT',
      message: 'a verdict of the target contract applies, and the answer names no cause',
    });
  });
});

describe('with several items in a request', () => {
  const fields = ['a', 'b', 'c'];
  const answer = respond(200, {
    data: { a: {}, b: null, c: null },
    errors: [{ message: 'bad', path: ['b'], extensions: { code: 'BAD_USER_INPUT' } }],
  });

  it.each([
    ['b', 'rejected'],
    ['c', 'unknown'],
  ])('an error with a path counts for its own item: %s is %s', (field, kind) => {
    expect(verdictOf(answer, { ...ITEM, field, fields }, OPTIONS).kind).toBe(kind);
  });

  it.each([
    ['without a path', undefined],
    ['with a path that is no field', ['mutation create', 'a']],
  ])('an error %s counts for each', (_, path) => {
    const throttled = respond(200, { data: null, ...error('THROTTLED', { path }) });
    for (const field of fields)
      expect(verdictOf(throttled, { ...ITEM, field, fields }, OPTIONS).kind).toBe('throttled');
  });
});

describe('codes of the settings', () => {
  it('go before every other indication in the same error', () => {
    const codes = withCodes({ rejected: ['ColumnValueException'] });
    const body = error('ColumnValueException', { message: 'already exists', status: 500 });
    expect(verdictOf(respond(200, body), ITEM, { ...OPTIONS, codes }).kind).toBe('rejected');
    expect(verdictOf(respond(200, body), ITEM, OPTIONS).kind).toBe('unknown');
  });

  it.each([
    'duplicate',
    'throttled',
    'unavailable',
    'unknown',
    'unauthorized',
    'rejected',
  ] as const)('are read as %s, in any spelling, and go before the built-in kinds', (kind) => {
    const codes = withCodes({ [kind]: ['Column-Value', 'INTERNAL_ERROR', '418'] });
    for (const code of ['ColumnValueException', 'internal-error', 'Shop:COLUMN_VALUE', 418])
      expect(verdictOf(respond(200, error(code)), ITEM, { ...OPTIONS, codes }).kind).toBe(kind);
  });
});

const LOOKUPS: Record<LookupVerdict['kind'], [string, TargetAnswer, Partial<LookedUpItem>?][]> = {
  found: [
    ['an item', respond(200, { data: { f: {} } }), { found: true }],
    ['an item beside an error', respond(500, error('X')), { found: true }],
    ['a contract that says delivered', respond(200), { contractFinding: { verdict: 'delivered' } }],
    ['a contract that says duplicate', respond(200), { contractFinding: { verdict: 'duplicate' } }],
  ],
  absent: [
    ['null', respond(200, { data: { f: null } })],
    ['an empty list', respond(200, { data: { f: [] } })],
    ['an empty connection', respond(200, { data: { f: { nodes: [] } } })],
    ['items of others', respond(200, { data: { f: [{ id: 'x' }] } })],
    ['a code', respond(200, error('RESOURCE_NOT_FOUND', { path: ['f'] }))],
    ['a code without a path', respond(200, { data: { f: null }, ...error('not-found') })],
    ['a status in the error', respond(200, error(404, { path: ['f'] }))],
    [
      'another error of another item',
      respond(200, { data: { f: null, g: null }, ...error('X', { path: ['g'] }) }),
      { fields: ['f', 'g'] },
    ],
  ],
  throttled: [
    ['429', respond(429)],
    ['a code', respond(200, { data: { f: null }, ...error('THROTTLED') })],
  ],
  unauthorized: [
    ['401', respond(401)],
    ['a code', respond(200, { data: { f: null }, ...error('FORBIDDEN', { path: ['f'] }) })],
  ],
  unavailable: [
    ['no response', noResponse('ECONNREFUSED')],
    ['a time-out', noResponse('TIMEOUT')],
    ['500', respond(500, { data: { f: null } })],
    ['404', respond(404, { data: { f: null } })],
    ['400', respond(400, { data: { f: null } })],
    ['no data', respond(200, { data: null })],
    ['data without the field', respond(200, { data: {} })],
    ['HTML', respond(200, '<html>')],
    ['an error of no kind', respond(200, { data: { f: null }, ...error('X') })],
    [
      'an error without a code',
      respond(200, { data: { f: null }, ...error(undefined, { message: 'not found' }) }),
    ],
    ['a code of a field within', respond(200, error('NOT_FOUND', { path: ['f', 'brand'] }))],
    [
      'a code beside data',
      respond(200, { data: { f: {} }, ...error('NOT_FOUND', { path: ['f'] }) }),
    ],
    ['a code of no item among several', respond(200, error('NOT_FOUND')), { fields: ['f', 'g'] }],
    ['a query that is not found', respond(200, error('PERSISTED_QUERY_NOT_FOUND'))],
    ['a tenant that is not found', respond(200, error('TENANT_NOT_FOUND'))],
    ['a bad input', respond(200, error('BAD_USER_INPUT', { path: ['f'] }))],
    ['a duplicate', respond(200, error('DUPLICATE'))],
    ['an expression that fails', respond(200, { data: { f: null } }), { found: 'fault' }],
    [
      'a contract that says rejected',
      respond(200, { data: { f: null } }),
      { contractFinding: { verdict: 'rejected' } },
    ],
    [
      'a contract that says unknown',
      respond(200, { data: { f: null } }),
      { contractFinding: { verdict: 'unknown' } },
    ],
  ],
};

describe.each(Object.entries(LOOKUPS))('a lookup is %s', (kind, cases) => {
  it.each(cases)('%s', (_, answer, item = {}) => {
    const looked: LookedUpItem = { field: 'f', fields: ['f'], found: false, ...item };
    expect(lookupVerdictOf(answer, looked, OPTIONS).kind).toBe(kind);
  });
});

it('says of a creation and of a lookup that a kept connection lost it', () => {
  const lost = { ...noResponse('ECONNRESET'), reusedConnection: true } as TargetAnswer;
  expect(verdictOf(lost, ITEM, OPTIONS)).toMatchObject({ kind: 'unknown', reusedConnection: true });
  const looked: LookedUpItem = { field: 'f', fields: ['f'], found: false };
  const lookup = { kind: 'unavailable', reusedConnection: true };
  expect(lookupVerdictOf(lost, looked, OPTIONS)).toMatchObject(lookup);
  expect(verdictOf(noResponse('ECONNRESET'), ITEM, OPTIONS)).not.toHaveProperty('reusedConnection');
});

describe('any body', () => {
  const anyError = fc.oneof(
    fc.jsonValue(),
    fc.record({
      message: fc.jsonValue(),
      path: fc.array(fc.jsonValue()),
      extensions: fc.jsonValue(),
    }),
    fc.constant({ message: 'x', path: [{ toString: 1, valueOf: 1 }] }),
  );
  const anyBody = fc.oneof(
    fc.jsonValue(),
    fc.record({ data: fc.jsonValue(), errors: fc.oneof(fc.array(anyError), fc.jsonValue()) }),
  );

  it('has a verdict, and is no evidence of a creation or of an absence', () => {
    fc.assert(
      fc.property(anyBody, fc.integer({ min: 100, max: 999 }), (body, status) => {
        const answer = respond(status, body);
        expect(verdictOf(answer, ITEM, OPTIONS).kind).not.toBe('delivered');
        const looked = { field: 'f', fields: ['f'], found: false };
        if (status >= 300) expect(lookupVerdictOf(answer, looked, OPTIONS).kind).not.toBe('absent');
      }),
    );
  });
});

import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { TargetCredential, TargetEvent } from '../../../lib/ports.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import type { AnswerView, TargetContract } from '../../../lib/target/contract.ts';
import {
  createGraphQlTarget,
  type GraphQlTargetOptions,
} from '../../../lib/target/graphql-target.ts';
import { startTarget, type TargetOptions } from '../../../local/target/start-target.ts';
import { itemContract } from '../../support/item-contract.ts';
import { serve } from '../../support/test-server.ts';

const CALL = { traceId: 'f'.repeat(32), spanId: '00f067aa0ba902b7', traceFlags: 0 };

const eventOf = (id: string): TargetEvent => ({
  id,
  payload: { id, name: 'n', body: 'b' },
  timestamp: 1_767_225_600,
});

const open = (url: string, more: Partial<GraphQlTargetOptions> = {}) =>
  createGraphQlTarget({
    url,
    timeoutMs: 2000,
    contract: itemContract(),
    brand: () => 'acme',
    codes: DEFAULT_CODES,
    responseMaxBytes: 5_000_000,
    clock: systemClock,
    ...more,
  });

async function openTarget(options: TargetOptions = {}, timeoutMs = 2000) {
  const running = await startTarget(options);
  onTestFinished(() => running.close());
  return { running, target: open(running.graphqlUrl, { timeoutMs }) };
}

/** A target that answers everything with this. */
async function openFixed(body: unknown, more: Partial<GraphQlTargetOptions> = {}, status = 200) {
  const seen: { headers: IncomingHttpHeaders; body: { variables: unknown } }[] = [];
  const listener: RequestListener = (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      seen.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  };
  return { seen, target: open(await serve(listener), more) };
}

const kinds = ({ verdicts }: { verdicts: { kind: string }[] }) => verdicts.map(({ kind }) => kind);

describe('the GraphQL target', () => {
  it('creates an item with every field', async () => {
    const { target, running } = await openTarget();
    expect(await target.create([eventOf('ž 🐎')], CALL)).toEqual({
      status: 200,
      verdicts: [{ kind: 'delivered' }],
      retryAlone: false,
    });
    const response = await fetch(running.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ getItems { id name body timestamp brand } }' }),
    });
    const item = { id: 'ž 🐎', name: 'n', body: 'b', timestamp: 1_767_225_600, brand: 'acme' };
    expect(await response.json()).toEqual({ data: { getItems: [item] } });
    expect(running.stats().idempotencyKeys).toBe(1);
  });

  it('creates several in one request', async () => {
    const { target, running } = await openTarget();
    const result = await target.create(['a', 'b', 'c'].map(eventOf), CALL);
    expect(kinds(result)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(result.retryAlone).toBe(false);
    expect(running.stats()).toMatchObject({ calls: 1, created: 3 });
  });

  it('takes nothing for granted of the others when one of several makes all of data null', async () => {
    const { target } = await openTarget();
    await target.create([eventOf('b')], CALL);
    const result = await target.create(['a', 'b', 'c'].map(eventOf), CALL);
    // `createItem: Item!` makes the whole of `data` null; that a was created and c was not, only a lookup can tell.
    expect(kinds(result)).toEqual(['unknown', 'duplicate', 'unknown']);
    expect(result.retryAlone).toBe(true);
    const looked = await target.lookUp(['a', 'c', 'd'].map(eventOf), CALL);
    expect(kinds(looked)).toEqual(['found', 'absent', 'absent']);
  });

  it('says that an id exists, and how long it is throttled', async () => {
    const { target, running } = await openTarget();
    await target.create([eventOf('a')], CALL);
    expect(kinds(await target.create([eventOf('a')], CALL))).toEqual(['duplicate']);
    running.change({ limitPerSecond: 1 });
    await target.lookUp([eventOf('a')], CALL);
    const { status, verdicts } = await target.lookUp([eventOf('a')], CALL);
    expect(status).toBe(429);
    expect(verdicts).toMatchObject([{ kind: 'throttled', waitMs: 1000 }]);
  });

  it.each([
    ['500', { errorShare: 1 }, 500, {}],
    ['a lost response', { lostResponseShare: 1 }, null, {}],
    ['a response that is too late', { latencyMs: 5000 }, null, { code: 'TIMEOUT' }],
  ])('has an unknown outcome after %s', async (_, options, status, details) => {
    const { target } = await openTarget(options, 300);
    const result = await target.create([eventOf('a')], CALL);
    expect(result).toMatchObject({ status, verdicts: [{ kind: 'unknown', ...details }] });
  });

  it('certainly did nothing when it refuses the connection', async () => {
    const gone = await startTarget();
    await gone.close();
    const result = await open(gone.graphqlUrl).create([eventOf('a')], CALL);
    expect(result).toMatchObject({
      status: null,
      verdicts: [{ kind: 'unavailable', code: 'ECONNREFUSED' }],
    });
  });

  it('carries the trace and an idempotency key that fits a header', async () => {
    const { seen, target } = await openFixed({ data: { createItem: { id: 'é 1' } } });
    await target.create([eventOf('é 1')], CALL);
    expect(seen[0]?.headers).toMatchObject({
      'idempotency-key': '%C3%A9%201',
      traceparent: '00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-00',
    });
  });

  it('has an unknown outcome after a response that is too long, and asks for each alone', async () => {
    const body = { data: { getItem0: { id: 'x'.repeat(2000) } } };
    const { target } = await openFixed(body, { responseMaxBytes: 1000 });
    const code = 'RESPONSE_TOO_LARGE';
    expect(await target.create([eventOf('a')], CALL)).toMatchObject({
      verdicts: [{ kind: 'unknown', code }],
      retryAlone: false,
    });
    expect(await target.lookUp(['a', 'b'].map(eventOf), CALL)).toMatchObject({
      verdicts: [
        { kind: 'unavailable', code },
        { kind: 'unavailable', code },
      ],
      retryAlone: true,
    });
  });
});

describe('a request with several events', () => {
  const bad = { message: 'bad', extensions: { code: 'BAD_USER_INPUT' } };
  it.each([
    [
      'too many aliases',
      400,
      { errors: [{ message: 'x', extensions: { code: 'TOO_MANY_ALIASES' } }] },
      true,
    ],
    ['an error of no event', 200, { data: null, errors: [bad] }, true],
    ['a body that is too large', 413, '', true],
    ['a firewall that dislikes something', 400, '<h1>Bad Request</h1>', true],
    [
      'all data null, one named',
      200,
      { data: null, errors: [{ ...bad, path: ['createItem1'] }] },
      true,
    ],
    [
      'one that is bad, and named',
      200,
      {
        data: { createItem0: { id: 'a' }, createItem1: null },
        errors: [{ ...bad, path: ['createItem1'] }],
      },
      false,
    ],
    ['429', 429, '', false],
    ['a throttle', 200, { errors: [{ message: 'x', extensions: { code: 'THROTTLED' } }] }, false],
    [
      'a refused credential',
      200,
      { errors: [{ message: 'x', extensions: { code: 'FORBIDDEN' } }] },
      false,
    ],
    ['503', 503, '', false],
    ['404', 404, '', false],
  ])('after %s', async (_, status, body, retryAlone) => {
    const { target } = await openFixed(body, {}, status);
    const result = await target.create(['a', 'b'].map(eventOf), CALL);
    expect(result.retryAlone).toBe(retryAlone);
    expect((await target.create([eventOf('a')], CALL)).retryAlone).toBe(false);
  });
});

describe('the contract', () => {
  /** Variables of an event with the name `bad` fail to evaluate. */
  const choosy: Partial<TargetContract> = {
    createOperation: async (inputs) => {
      if (inputs.some(({ event }) => (event as { id: string }).id.startsWith('bad')))
        throw new Error('create.variables: no total');
      return itemContract().createOperation(inputs);
    },
  };
  const fault = {
    kind: 'unavailable',
    code: 'CONTRACT_FAULT',
    message: 'create.variables: no total',
  };

  it('keeps an event whose variables fail from being sent, and no other', async () => {
    const running = await startTarget();
    onTestFinished(() => running.close());
    const target = open(running.graphqlUrl, { contract: itemContract(choosy) });
    const { verdicts } = await target.create(['bad 1', 'a', 'bad 2', 'b'].map(eventOf), CALL);
    expect(verdicts).toEqual([fault, { kind: 'delivered' }, fault, { kind: 'delivered' }]);
    expect(running.stats()).toMatchObject({ calls: 1, created: 2 });
    expect(await target.create(['bad 1', 'c'].map(eventOf), CALL)).toMatchObject({
      verdicts: [fault, { kind: 'delivered' }],
    });
    expect(await target.create(['bad 1', 'bad 2'].map(eventOf), CALL)).toEqual({
      status: null,
      verdicts: [fault, fault],
      retryAlone: false,
    });
    expect(running.stats()).toMatchObject({ calls: 2, created: 3, idempotencyKeys: 1 });
  });

  it('has a brand that may depend on the event, and may fail', async () => {
    const { seen, target } = await openFixed(
      { data: { createItem: { id: 'a' } } },
      {
        brand: async (payload) => {
          const { id } = payload as { id: string };
          if (id === 'b') throw new Error('no brand');
          return `brand of ${id}`;
        },
      },
    );
    const { verdicts } = await target.create(['a', 'b'].map(eventOf), CALL);
    expect(verdicts).toMatchObject([
      { kind: 'delivered' },
      { code: 'CONTRACT_FAULT', message: 'no brand' },
    ]);
    expect(seen[0]?.body.variables).toMatchObject({ brand: 'brand of a' });
  });

  it('sees its own part of the answer only, under the root field’s name', async () => {
    const views: AnswerView[] = [];
    const contract = itemContract({
      userErrors: async () => [{ code: 'X' }],
      verdict: async (view) => {
        views.push(view);
        return undefined;
      },
    });
    const { target } = await openFixed(
      {
        data: { createItem0: { id: 'a' }, createItem1: null },
        errors: [
          { message: 'for b', path: ['createItem1', 'id'], errorType: 'E' },
          { message: 'for all' },
          { message: 'for a', path: ['createItem0'], extensions: { code: 7, more: 1 } },
        ],
      },
      { contract },
    );
    await target.create(['a', 'b'].map(eventOf), CALL);
    const forAll = { message: 'for all', code: '', path: [], extensions: {} };
    expect(views).toMatchObject([
      {
        event: { id: 'a', name: 'n', body: 'b' },
        status: 200,
        headers: { 'content-type': 'application/json' },
        userErrors: [{ code: 'X' }],
      },
      { event: { id: 'b', name: 'n', body: 'b' } },
    ]);
    expect(views.map(({ data }) => data)).toEqual([
      { createItem: { id: 'a' } },
      { createItem: null },
    ]);
    expect(views.map(({ errors }) => errors)).toEqual([
      [
        forAll,
        { message: 'for a', code: '7', path: ['createItem'], extensions: { code: 7, more: 1 } },
      ],
      [{ message: 'for b', code: 'E', path: ['createItem', 'id'], extensions: {} }, forAll],
    ]);
  });

  it('has verdicts that go before the built-in ones', async () => {
    const contract = itemContract({
      verdict: async ({ status }) => (status === 409 ? { verdict: 'duplicate' } : undefined),
    });
    const { target } = await openFixed({}, { contract }, 409);
    expect(kinds(await target.create([eventOf('a')], CALL))).toEqual(['duplicate']);
  });

  it.each<[string, Partial<TargetContract>]>([
    ['created', { isCreated: async () => Promise.reject(new Error('boom')) }],
    [
      'userErrors',
      { isCreated: async () => false, userErrors: async () => Promise.reject(new Error('boom')) },
    ],
    ['verdicts', { verdict: async () => Promise.reject(new Error('boom')) }],
  ])('makes the outcome unknown when %s fails to evaluate', async (_, broken) => {
    const body = { data: { createItem: { id: 'a' } } };
    const { target } = await openFixed(body, { contract: itemContract(broken) });
    expect(kinds(await target.create([eventOf('a')], CALL))).toEqual(['unknown']);
  });

  it('never finds an event absent when found fails to evaluate', async () => {
    const isFound = async () => Promise.reject(new Error('boom'));
    const { target } = await openFixed(
      { data: { getItem: null } },
      { contract: itemContract({ isFound }) },
    );
    expect(kinds(await target.lookUp([eventOf('a')], CALL))).toEqual(['unavailable']);
  });

  it('may have no lookup', async () => {
    expect(open('http://127.0.0.1:1/').canLookUp).toBe(true);
    const contract = itemContract({ lookupField: undefined });
    expect(open('http://127.0.0.1:1/', { contract }).canLookUp).toBe(false);
  });
});

describe('the credential', () => {
  const credentialOf = (headers: TargetCredential['headers']) => {
    const credential = { headers, refusals: 0, refused: () => void credential.refusals++ };
    return credential;
  };

  it('goes with every request, and does not replace our own headers', async () => {
    const credential = credentialOf(() => ({ 'x-key': 'k', traceparent: 'theirs' }));
    const { seen, target } = await openFixed({ data: { createItem: { id: 'a' } } }, { credential });
    await target.create([eventOf('a')], CALL);
    expect(seen[0]?.headers).toMatchObject({
      'x-key': 'k',
      traceparent: expect.stringMatching(/^00/),
    });
    expect(credential.refusals).toBe(0);
  });

  it('that is unavailable keeps everything from being sent', async () => {
    const credential = credentialOf(() => Promise.reject(new Error('no secret')));
    const { seen, target } = await openFixed({}, { credential });
    const failure = { kind: 'unavailable', code: 'CREDENTIAL_UNAVAILABLE', message: 'no secret' };
    expect(await target.create([eventOf('a')], CALL)).toEqual({
      status: null,
      verdicts: [failure],
      retryAlone: false,
    });
    expect((await target.lookUp([eventOf('a')], CALL)).verdicts).toEqual([failure]);
    expect(seen).toEqual([]);
  });

  it.each([
    ['401', 401, {}, 1],
    ['403 with a wait', 403, {}, 1],
    ['a code', 200, { errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] }, 1],
    ['429', 429, {}, 0],
    ['500', 500, {}, 0],
  ])('is told of a refusal: %s', async (_, status, body, refusals) => {
    const credential = credentialOf(() => ({}));
    const { target } = await openFixed(body, { credential }, status);
    await target.create([eventOf('a')], CALL);
    expect(credential.refusals).toBe(refusals);
  });
});

describe('a target that repeats what it was sent', () => {
  it('gets neither credential nor payload into a verdict', async () => {
    const listener: RequestListener = (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const message = `refused ${request.headers.authorization}: ${text}`;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }),
        );
      });
    };
    const authorization = 'Key 0f9e8d7c6b5a4321';
    const credential = { headers: () => ({ authorization }), refused: () => undefined };
    const target = open(await serve(listener), { credential });
    const body = 'a "private" letter';
    const event = { ...eventOf('echoed'), payload: { id: 'echoed', name: 'n', body } };
    const { verdicts } = await target.create([event], CALL);
    expect(verdicts).toMatchObject([{ kind: 'rejected', code: 'BAD_USER_INPUT' }]);
    const told = JSON.stringify(verdicts);
    expect(told).toContain('echoed');
    expect(told).toContain('refused [removed]');
    expect(told).not.toMatch(/0f9e8d7c|private/);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { Authorizer, type AuthorizerOptions } from '../../../local/gateway/authorizer.ts';
import type { Invoke, InvokeResult } from '../../../local/lambda/invoke.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { answeredByHand, echo, post, success, testGateway } from './test-gateway.ts';

const allow = success({ isAuthorized: true, context: { source: 'shop' } });
const deny = success({ isAuthorized: false });

async function guarded(invoke: Invoke, options: Partial<AuthorizerOptions> = {}) {
  const clock = new ManualClock();
  const gateway = await testGateway({
    clock,
    routes: [{ method: 'POST', path: '/events', invoke: echo, authorized: true }],
    authorizer: { invoke, identitySourceHeader: 'x-api-key', resultTtlSeconds: 60, ...options },
  });
  const postWith = (key: string) => post(gateway, '{}', { 'X-API-Key': key });
  return { gateway, clock, postWith };
}

/** A function that gives these results one after the other. */
function answering(...results: InvokeResult[]) {
  return vi.fn<Invoke>(
    async () => results.shift() ?? Promise.reject(new Error('called too often')),
  );
}

describe('a guarded route', () => {
  it('refuses a request without a key, without asking', async () => {
    const invoke = answering();
    const { gateway, postWith } = await guarded(invoke);
    const refusal = {
      status: 401,
      body: { message: 'Unauthorized', status: 401, detail: expect.stringContaining('x-api-key') },
    };
    expect(await post(gateway)).toMatchObject(refusal);
    expect(await postWith('')).toMatchObject(refusal);
    expect(invoke).not.toHaveBeenCalled();
  });

  it('refuses a key that is denied', async () => {
    const { postWith } = await guarded(answering(deny));
    expect(await postWith('wrong')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
  });

  it('lets an allowed key through, with its context', async () => {
    const invoke = answering(allow);
    const { postWith } = await guarded(invoke);
    const { status, body } = await postWith('right');
    expect(status).toBe(200);
    expect(body.requestContext.authorizer).toEqual({ lambda: { source: 'shop' } });
    expect(invoke.mock.calls[0]?.[0]).toMatchObject({
      type: 'REQUEST',
      identitySource: ['right'],
      headers: { 'x-api-key': 'right' },
    });
    expect(invoke.mock.calls[0]?.[0]).not.toHaveProperty('body');
  });

  it('leaves other routes alone', async () => {
    const gateway = await testGateway({
      authorizer: { invoke: answering(), identitySourceHeader: 'x-api-key', resultTtlSeconds: 1 },
    });
    expect(await post(gateway)).toMatchObject({ status: 200 });
  });
});

describe('a result', () => {
  it.each([
    ['allowed', allow, 200],
    ['denied', deny, 403],
  ])('is remembered for its time: %s', async (_name, result, status) => {
    const invoke = answering(result, result);
    const { clock, postWith } = await guarded(invoke);
    expect(await postWith('key')).toMatchObject({ status });
    await clock.advance(59_999);
    expect(await postWith('key')).toMatchObject({ status });
    expect(invoke).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(await postWith('key')).toMatchObject({ status });
    expect(invoke).toHaveBeenCalledTimes(2);
  });

  it('counts for one key only', async () => {
    const { postWith } = await guarded(answering(allow, deny));
    expect(await postWith('right')).toMatchObject({ status: 200 });
    expect(await postWith('wrong')).toMatchObject({ status: 403 });
  });

  it('is not remembered when caching is off', async () => {
    const invoke = answering(allow, deny);
    const { postWith } = await guarded(invoke, { resultTtlSeconds: 0 });
    expect(await postWith('key')).toMatchObject({ status: 200 });
    expect(await postWith('key')).toMatchObject({ status: 403 });
  });

  it('goes when there are too many', async () => {
    const invoke = answering(allow, allow, allow);
    const { postWith } = await guarded(invoke, { maxCachedResults: 1 });
    for (const key of ['a', 'b', 'a']) await postWith(key);
    expect(invoke).toHaveBeenCalledTimes(3);
  });

  it('is shared by requests that wait for it', async () => {
    const { invoke, calls } = answeredByHand();
    const options = { invoke, identitySourceHeader: 'x-api-key', resultTtlSeconds: 60 };
    const authorizer = new Authorizer(options, new ManualClock());
    const both = [1, 2].map(() => authorizer.decide('key', {}, 'Root=1-5-a'));
    calls[0]?.answer(allow);
    expect(await Promise.all(both)).toMatchObject([{ type: 'allowed' }, { type: 'allowed' }]);
    expect(calls).toHaveLength(1);
  });
});

describe('an authorizer that fails', () => {
  it.each<[string, InvokeResult]>([
    ['throws', { ok: false, kind: 'error', errorType: 'E', errorMessage: 'm', requestId: 'r' }],
    [
      'is throttled',
      { ok: false, kind: 'throttled', errorType: 'T', errorMessage: 'm', requestId: 'r' },
    ],
    ['gives no verdict', success({ isAuthorized: 'yes' })],
    ['gives nothing', success(null)],
  ])('is a 500, and is asked again: %s', async (_name, failure) => {
    const { gateway, postWith } = await guarded(answering(failure, allow));
    expect(await postWith('key')).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
    expect(gateway.logged[0]?.reason).toMatch(/^Authorizer /);
    expect(await postWith('key')).toMatchObject({ status: 200 });
  });

  it('is a 500 when it does not answer in ten seconds', async () => {
    const { invoke, calls } = answeredByHand();
    const { clock, postWith } = await guarded(invoke);
    const late = postWith('key');
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    await clock.advance(10_000);
    expect(await late).toMatchObject({ status: 500 });
  });
});

import { describe, expect, it } from 'vitest';
import { decisionOf, ResultCache } from '../../../local/gateway/authorizer.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const failed = { type: 'failed', reason: expect.stringMatching(/^Authorizer /) };

describe('decisionOf', () => {
  it.each([
    [{ isAuthorized: true }, { type: 'allowed', context: {} }],
    [
      { isAuthorized: true, context: { a: 1 } },
      { type: 'allowed', context: { a: 1 } },
    ],
    [
      { isAuthorized: true, context: null },
      { type: 'allowed', context: {} },
    ],
    [{ isAuthorized: false, context: { a: 1 } }, { type: 'denied' }],
    [{ isAuthorized: 'true' }, failed],
    [{ isAuthorized: true, context: 'words' }, failed],
    [{ isAuthorized: true, context: [] }, failed],
    [{ principalId: 'me', policyDocument: {} }, failed],
    [null, failed],
    ['true', failed],
  ])('%j', (value, expected) => {
    expect(decisionOf({ ok: true, value, requestId: 'r' })).toEqual(expected);
  });

  it('fails when the function does', () => {
    const failure = { errorType: 'Sandbox.Timedout', errorMessage: 'late', requestId: 'r' };
    expect(decisionOf({ ok: false, kind: 'timeout', ...failure })).toEqual({
      type: 'failed',
      reason: 'Authorizer Sandbox.Timedout: late',
    });
  });
});

describe('ResultCache', () => {
  it('keeps a result for its time, counted from when it was set', async () => {
    const clock = new ManualClock();
    const cache = new ResultCache<string>(1000, 10, clock);
    cache.set('key', 'value');
    await clock.advance(999);
    expect(cache.get('key')).toBe('value');
    await clock.advance(1);
    expect(cache.get('key')).toBeUndefined();
  });

  it('drops the oldest result when it is full', () => {
    const cache = new ResultCache<number>(1000, 2, new ManualClock());
    for (const [key, value] of Object.entries({ a: 1, b: 2 })) cache.set(key, value);
    cache.set('a', 3);
    cache.set('c', 4);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([3, undefined, 4]);
  });
});

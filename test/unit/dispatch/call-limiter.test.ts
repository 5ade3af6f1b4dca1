import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createCallLimiter } from '../../../lib/dispatch/call-limiter.ts';
import { waitUntil } from '../../support/wait-until.ts';

describe('createCallLimiter', () => {
  it.each([1, 7, 50])('has at most %i calls under way', async (maxInFlight) => {
    const limiter = createCallLimiter(maxInFlight);
    let underWay = 0;
    let most = 0;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const call = async () => {
      most = Math.max(most, ++underWay);
      await ended;
      underWay -= 1;
      return 'done';
    };
    const calls = Array.from({ length: 60 }, () => limiter.schedule(call));
    await waitUntil('as many calls as there may be', () => underWay === maxInFlight, 4000);
    await delay(30);
    end();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['done']));
    expect(most).toBe(maxInFlight);
  });

  it('rejects the promise of a call that throws at once, and no other', async () => {
    const limiter = createCallLimiter(1);
    const thrown = limiter.schedule(() => {
      throw new Error('at once');
    });
    const next = limiter.schedule(async () => 'done');
    await expect(thrown).rejects.toThrow('at once');
    expect(await next).toBe('done');
  });

  it('goes on when its jobs have made all their calls', async () => {
    const limiter = createCallLimiter(3);
    const calls = Array.from({ length: 1000 }, (_, index) => limiter.schedule(async () => index));
    expect((await Promise.all(calls)).length).toBe(1000);
  });

  it('starts a call without a timer when another one has ended', async () => {
    const limiter = createCallLimiter(2);
    await limiter.schedule(async () => undefined);
    let hasStarted = false;
    const call = limiter.schedule(async () => {
      hasStarted = true;
    });
    await new Promise(setImmediate);
    expect(hasStarted).toBe(true);
    await call;
  });

  it('gives the failure of a call to its caller, and goes on', async () => {
    const limiter = createCallLimiter(1);
    const failing = limiter.schedule(() => Promise.reject(new Error('the call failed')));
    await expect(failing).rejects.toThrow('the call failed');
    expect(await limiter.schedule(async () => 'next')).toBe('next');
  });
});

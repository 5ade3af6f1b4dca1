import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCallLimiter } from '../../../lib/dispatch/call-limiter.ts';
import { waitUntil } from '../../support/wait-until.ts';

it.each([
  [1, 50],
  [7, 100],
  [7, 1000],
  [50, 1e6],
])('has at most %i calls under way at %d calls a second', async (maxInFlight, ratePerSecond) => {
  const limiter = createCallLimiter(maxInFlight, ratePerSecond);
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitterDelayMs } from '../../../lib/backoff.ts';
import { timeBudget } from '../../../lib/dispatch/deliver-batch.ts';
import { RetryBudget } from '../../../lib/dispatch/retry-budget.ts';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import { TargetHealth } from '../../../lib/dispatch/target-health.ts';
import { lowestSequenceNumber } from '../../../lib/sequence-number.ts';

describe('lowestSequenceNumber', () => {
  it('compares numbers, not text', () => {
    expect(lowestSequenceNumber(['10', '9'])).toBe('9');
    expect(lowestSequenceNumber([])).toBeUndefined();
  });

  it('finds the minimum of numbers beyond 2^53', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 190n }), { minLength: 1 }),
        (numbers) => {
          const lowest = numbers.toSorted((a, b) => (a < b ? -1 : 1))[0];
          expect(lowestSequenceNumber(numbers.map(String))).toBe(String(lowest));
        },
      ),
    );
  });
});

describe('fullJitterDelayMs', () => {
  it('doubles its upper bound to the maximum', () => {
    const bounds = [1, 2, 3, 4, 5, 50].map((failures) =>
      fullJitterDelayMs(failures, { baseMs: 100, maxMs: 1000 }, () => 1),
    );
    expect(bounds).toEqual([100, 200, 400, 800, 1000, 1000]);
  });
});

describe('SettledMemory', () => {
  it('forgets the oldest first', () => {
    const memory = new SettledMemory(2);
    for (const key of ['a', 'b', 'a', 'c']) memory.settle(key, { through: '1', isDelivered: true });
    const isSettled = (key: string) => memory.settled(key) !== undefined;
    expect(['a', 'b', 'c'].map(isSettled)).toEqual([true, false, true]);
  });
});

const ofEvent = (key: string) => ({ keys: [key], ids: [key] });

describe('TargetHealth', () => {
  const failing = (health: TargetHealth, events: number, calls: number, waitMs?: number) => {
    for (let call = 0; call < calls; call++)
      health.failed(ofEvent(`e${call % events}`), call, waitMs, 1000);
  };

  it.each([
    ['too few failures', 10, 19, undefined, 'well'],
    ['failures of one event: it may be bad', 1, 100, undefined, 'well'],
    ['failures of several events', 5, 20, undefined, 'sick'],
    ['a first answer that asks for a wait', 1, 1, 5000, 'closed'],
  ] as const)('after %s', (_, events, calls, waitMs, state) => {
    const health = new TargetHealth();
    failing(health, events, calls, waitMs);
    expect(health.state).toBe(state);
  });

  it('is not closed by a refusal while other creations succeed', () => {
    const health = new TargetHealth();
    health.succeeded(1000, 1000);
    health.failed(ofEvent('e0'), 1500, 1000, 1000);
    expect(health.isWell).toBe(true);
    health.failed(ofEvent('e0'), 2500, 1000, 1000);
    expect(health.state).toBe('closed');
  });

  it('is probed once a second, or when the target asks for it', () => {
    const health = new TargetHealth();
    health.failed(ofEvent('e0'), 0, 200, 1000);
    expect(health.nextProbeAtMs).toBe(1000);
    health.failed(ofEvent('e1'), 1000, 30_000, 1000);
    expect(health.nextProbeAtMs).toBe(31_000);
  });

  it('is well with the first creation that succeeds', () => {
    const health = new TargetHealth();
    failing(health, 5, 30);
    health.succeeded(100, 100);
    expect(health.isWell).toBe(true);
    failing(health, 5, 19);
    expect(health.isWell).toBe(true);
  });
});

describe('RetryBudget', () => {
  it('allows some retries to fail at once, then one for two hundred deliveries', () => {
    const budget = new RetryBudget();
    let allowed = 0;
    for (; budget.isLeft; allowed++) budget.retryFailed();
    expect(allowed).toBe(10);
    for (let delivered = 0; delivered < 201; delivered++) budget.delivered();
    expect(budget.isLeft).toBe(true);
    budget.retryFailed();
    expect(budget.isLeft).toBe(false);
  });
});

describe('timeBudget', () => {
  it('leaves the last call time to time out, and its outcome time to be stored', () => {
    expect(timeBudget(1000, 120_000, 5000)).toEqual({ stopAtMs: 109_000, appendUntilMs: 118_500 });
  });
});

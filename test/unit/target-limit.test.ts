import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  limitOfRate,
  ratePerSecondOf,
  type TargetLimit,
  targetLimit,
} from '../../lib/target-limit.ts';

function problemOf(limit: unknown): string {
  const { issues = [] } = v.safeParse(targetLimit, limit);
  return issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`.trim()).join('\n');
}

describe('ratePerSecondOf', () => {
  it.each<[string, TargetLimit, number]>([
    ['calls per second', { calls: 100, per: 'second', cost_per_call: 1 }, 100],
    ['calls per minute', { calls: 90, per: 'minute', cost_per_call: 1 }, 1.5],
    ['calls per minute, rounded down', { calls: 100, per: 'minute', cost_per_call: 1 }, 1.666666],
    ['calls per hour', { calls: 5000, per: 'hour', cost_per_call: 1 }, 1.388888],
    ['the fewest calls per day', { calls: 864, per: 'day', cost_per_call: 1 }, 0.01],
    ['points per second', { calls: 50, per: 'second', cost_per_call: 10 }, 5],
    ['half points', { calls: 1, per: 'second', cost_per_call: 0.5 }, 2],
    ['what binary fractions cannot hold', { calls: 33.3, per: 'second', cost_per_call: 1 }, 33.3],
  ])('of %s', (_, limit, rate) => {
    expect(ratePerSecondOf(limit)).toBe(rate);
    expect(problemOf(limit)).toBe('');
  });

  it('is never above the limit, and a millionth below it at most', () => {
    const limit = fc.record({
      calls: fc.integer({ min: 1, max: 10_000_000 }),
      per: fc.constantFrom('second' as const, 'minute' as const, 'hour' as const, 'day' as const),
      cost_per_call: fc.integer({ min: 1, max: 1000 }),
    });
    const seconds = { second: 1, minute: 60, hour: 3600, day: 86_400 };
    fc.assert(
      fc.property(limit, (one) => {
        const exact = one.calls / seconds[one.per] / one.cost_per_call;
        expect(ratePerSecondOf(one)).toBeLessThanOrEqual(exact + 1e-9 + exact * 1e-15);
        expect(ratePerSecondOf(one)).toBeGreaterThan(exact - 1.000_001e-6);
      }),
    );
  });

  it('gives back the rate of a limit in calls per second', () => {
    for (const rate of [0.01, 0.1, 12.5, 33.3, 99.9, 100_000])
      expect(ratePerSecondOf(limitOfRate(rate))).toBe(rate);
  });
});

describe('target_limit', () => {
  it('counts calls unless it says what one costs', () => {
    const points = { calls: 100, per: 'second', cost_per_call: 0.1 };
    expect(v.parse(targetLimit, points).cost_per_call).toBe(0.1);
    expect(v.parse(targetLimit, { calls: 100, per: 'second' }).cost_per_call).toBe(1);
  });

  it.each([
    [
      'too slow',
      { calls: 500, per: 'day' },
      '500 / 86,400 s / 1 per call = 0.005787 calls a second',
    ],
    ['too fast', { calls: 100_001, per: 'second' }, '= 100001 calls a second: must be from 0.01'],
    ['another period', { calls: 5, per: 'week' }, 'per must be second, minute, hour or day'],
    ['no calls', { calls: 0, per: 'second' }, 'calls must be above 0'],
    ['calls in a string', { calls: '5', per: 'second' }, 'calls must be a number'],
    ['a call for nothing', { calls: 5, per: 'second', cost_per_call: 0 }, 'cost_per_call must be'],
    ['an unknown key', { calls: 5, per: 'second', burst: 5 }, 'burst'],
    ['a number', 100, 'Expected Object'],
  ])('refuses %s, and says why', (_, limit, problem) => {
    expect(problemOf(limit)).toContain(problem);
  });
});

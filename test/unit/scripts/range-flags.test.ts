import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../scripts/flags.ts';
import { describeDuration, durationFlag, readRange } from '../../../scripts/range-flags.ts';
import { NOON_MS } from '../../support/timed-facts.ts';

describe('readRange', () => {
  it.each([
    [{}, Number.NEGATIVE_INFINITY, NOON_MS],
    [{ from: '2h' }, NOON_MS - 7_200_000, NOON_MS],
    [{ from: '1d', to: '90s' }, NOON_MS - 86_400_000, NOON_MS - 90_000],
    [{ from: '2026-03-01' }, NOON_MS - 43_200_000, NOON_MS],
    [{ from: '2026-02-28', to: '2026-02-28' }, NOON_MS - 129_600_000, NOON_MS - 43_200_000],
    [{ from: '1h', to: 'now' }, NOON_MS - 3_600_000, NOON_MS],
    [{ from: '1.5d' }, NOON_MS - 129_600_000, NOON_MS],
    [{ from: '2026-03-01T10:00' }, NOON_MS - 7_200_000, NOON_MS],
    [{ from: '2026-03-01 10:00' }, NOON_MS - 7_200_000, NOON_MS],
    [{ from: '2026-03-01T10:00:00.5Z' }, NOON_MS - 7_199_500, NOON_MS],
    [{ from: '2026-03-01T10:00:00+01:00' }, NOON_MS - 10_800_000, NOON_MS],
  ])('of %j', (flags, fromMs, toMs) => {
    expect(readRange(flags, NOON_MS)).toEqual({ fromMs, toMs });
  });

  it.each([
    [{ from: 'yesterday' }, /--from must be a time/],
    [{ from: '01/03/2026' }, /--from/],
    [{ from: '1767225600' }, /--from/],
    [{ from: '10:00' }, /--from/],
    [{ from: '24' }, /--from/],
    [{ from: '' }, /--from/],
    [{ to: '5 h' }, /--to/],
    [{ from: '1h', to: '2h' }, /before/],
    [{ from: '2026-13-01' }, /--from/],
    [{ from: '2026-02-30' }, /--from/],
    [{ from: '2025-02-29T10:00' }, /--from/],
    [{ to: '2026-11-31 10:00Z' }, /--to/],
    [{ from: '2026-02-01T24:30' }, /--from/],
  ])('refuses %j', (flags, message) => {
    expect(() => readRange(flags, NOON_MS)).toThrow(message);
    expect(() => readRange(flags, NOON_MS)).toThrow(UsageError);
  });
});

it.each([
  [0, '0 s'],
  [1234, '1.2 s'],
  [42_000, '42 s'],
  [190_000, '3 min 10 s'],
  [7_500_000, '2 h 5 min'],
  [200_000_000, '2 days 7 h'],
])('describes %d ms as %s', (ms, text) => {
  expect(describeDuration(ms)).toBe(text);
});

it('reads durations', () => {
  expect(durationFlag('max-lag', '90s', 5)).toBe(90_000);
  expect(durationFlag('max-lag', undefined, 5)).toBe(5);
  expect(() => durationFlag('max-lag', '90', 5)).toThrow(/--max-lag/);
});

import { describe, expect, it } from 'vitest';
import { chargeUsd, PRICES } from '../../../scripts/cost/prices.ts';

const tiered = {
  of: 'an API',
  unit: 'requests',
  per: 1_000_000,
  tiers: [{ upTo: 300e6, usd: 1 }, { upTo: 500e6, usd: 0.9 }, { usd: 0.5 }],
  source: 'https://example.com',
  verified: true,
};

describe('a price', () => {
  it.each([
    [0, 0],
    [1_000_000, 1],
    [300e6, 300],
    [400e6, 390],
    [600e6, 530],
  ])('of %d requests charges each tier for what lies in it: %d', (quantity, usd) => {
    expect(chargeUsd(tiered, quantity)).toBeCloseTo(usd, 9);
  });

  it.each(Object.entries(PRICES))(
    '%s has rising tiers, the last one open, and a source',
    (_, { tiers, per, source, dated }) => {
      const ends = tiers.map(({ upTo }) => upTo ?? Number.POSITIVE_INFINITY);
      expect(ends).toEqual([...new Set(ends)].sort((one, other) => one - other));
      expect(ends.at(-1)).toBe(Number.POSITIVE_INFINITY);
      expect(tiers.every(({ usd }) => usd > 0)).toBe(true);
      expect(per).toBeGreaterThan(0);
      expect(new URL(source).protocol).toBe('https:');
      expect(dated ?? '2026').toMatch(/^\d{4}(-\d{2})?$/);
    },
  );
});

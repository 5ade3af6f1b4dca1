import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BusiestSecond } from '../../../local/target/call-stats.ts';

describe('the busiest second', () => {
  it('is the largest count of any sliding second, for any moments', () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(999, 1000)), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(gaps, (gapsMs) => {
        let atMs = 0;
        const moments = gapsMs.map((gap) => {
          atMs += gap;
          return atMs;
        });
        const counts = moments.map(
          (from) => moments.filter((ms) => ms >= from && ms < from + 1000).length,
        );
        expect(busiest(moments)).toBe(Math.max(0, ...counts));
      }),
    );
  });

  it('remembers a peak that has passed', () => {
    expect(busiest([0, 1, 2, 5000, 9000])).toBe(3);
  });

  it('does not count two moments exactly a second apart together', () => {
    expect(busiest([0, 1000])).toBe(1);
  });
});

function busiest(momentsMs: number[]): number {
  const counter = new BusiestSecond();
  for (const ms of momentsMs) counter.record(ms);
  return counter.count;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Admission,
  createLimiter,
  type LimitAlgorithm,
  limitAlgorithms,
  type RateLimiter,
} from '../../../local/target/limiters.ts';

const yes: Admission = { admitted: true };
const no = (retryAfterMs: number): Admission => ({ admitted: false, retryAfterMs });

/** What each algorithm answers, at a limit of 2 per second, to calls at these moments (ms). */
const tables: Record<LimitAlgorithm, [atMs: number, expected: Admission][]> = {
  'sliding-window': [
    [0, yes],
    [900, yes],
    [999.5, no(0.5)],
    [1000, yes], // the call at 0 is exactly one second old
    [1000, no(900)],
    [1899, no(1)],
    [1900, yes],
  ],
  'fixed-window': [
    [900, yes],
    [999.5, yes],
    [999.75, no(0.25)],
    [1000, yes], // a new second: two bursts meet at its edge
    [1000, yes],
    [1250, no(750)],
    [5000, yes],
  ],
  'token-bucket': [
    [0, yes],
    [0, yes],
    [0, no(500)],
    [250, no(250)],
    [500, yes],
    [500, no(500)],
    [60_000, yes], // a rested bucket holds one second's worth, no more
    [60_000, yes],
    [60_000, no(500)],
  ],
};

describe.each(limitAlgorithms)('%s', (algorithm) => {
  it('answers call by call', () => {
    const limiter = createLimiter(algorithm, 2);
    for (const [atMs, expected] of tables[algorithm]) {
      expect(limiter.admit(atMs), `at ${atMs} ms`).toEqual(expected);
    }
  });

  it('admits everything without a limit', () => {
    const limiter = createLimiter(algorithm, null);
    expect(Array.from({ length: 10_000 }, () => limiter.admit(0)).every((a) => a.admitted)).toBe(
      true,
    );
  });

  it('admits a lone call after the wait it names', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, timesMs) => {
        const limiter = createLimiter(algorithm, limit);
        const lastMs = timesMs.at(-1) ?? 0;
        for (const atMs of timesMs) limiter.admit(atMs);
        const last = limiter.admit(lastMs);
        // A rounding step of the clock on top: sums of fractions need not be exact.
        if (!last.admitted) {
          expect(limiter.admit(lastMs + last.retryAfterMs + 1e-6)).toEqual(yes);
        }
      }),
    );
  });

  it('uses its whole limit while calls keep coming', () => {
    const limiter = createLimiter(algorithm, 50);
    const everyMs = Array.from({ length: 10_000 }, (_, ms) => ms);
    const admitted = admittedAt(limiter, everyMs).filter((ms) => ms >= 1000);
    expect(admitted).toHaveLength(9 * 50);
  });
});

describe('no arrival pattern gets past', () => {
  it('a sliding window: at most the limit in any second', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, timesMs) => {
        const admitted = admittedAt(createLimiter('sliding-window', limit), timesMs);
        for (const fromMs of admitted) {
          const inWindow = admitted.filter((ms) => ms >= fromMs && ms < fromMs + 1000);
          expect(inWindow.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('a fixed window: at most the limit in each second of the clock', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, timesMs) => {
        const admitted = admittedAt(createLimiter('fixed-window', limit), timesMs);
        const perSecond = Map.groupBy(admitted, (ms) => Math.floor(ms / 1000));
        for (const inSecond of perSecond.values()) {
          expect(inSecond.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('a token bucket: at most one bucket and the refill in any span', () => {
    fc.assert(
      fc.property(limits, arrivals, (limit, timesMs) => {
        const admitted = admittedAt(createLimiter('token-bucket', limit), timesMs);
        admitted.forEach((fromMs, first) => {
          admitted.slice(first).forEach((toMs, index) => {
            const bound = limit + ((toMs - fromMs) * limit) / 1000;
            expect(index + 1).toBeLessThanOrEqual(bound + 1e-3);
          });
        });
      }),
    );
  });
});

const limits = fc.integer({ min: 1, max: 8 });

/** Moments in order, on an epoch-sized clock; gaps in eighths of a millisecond, which doubles hold exactly there. */
const arrivals = fc
  .array(
    fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 800 }),
      fc.integer({ min: 0, max: 16_000 }),
      fc.constantFrom(7999, 8000, 8001),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((eighths) => {
    let atMs = Date.UTC(2026, 0, 1);
    return eighths.map((gap) => {
      atMs += gap / 8;
      return atMs;
    });
  });

function admittedAt(limiter: RateLimiter, timesMs: number[]): number[] {
  return timesMs.filter((atMs) => limiter.admit(atMs).admitted);
}

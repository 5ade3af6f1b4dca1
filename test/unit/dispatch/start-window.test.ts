import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StartWindow } from '../../../lib/dispatch/start-window.ts';

const LIMIT = 10;
const WINDOW_MS = 1000;

/** One call of a simulation: how long we stall before it, and how long it is on its way there and back. */
interface Step {
  stallMs: number;
  thereMs: number;
  backMs: number;
}

/** Makes calls as fast as the window allows and answers when each arrived at the target. */
function arrivalsOf(steps: Step[]): number[] {
  const window = new StartWindow(LIMIT, WINDOW_MS);
  let nowMs = 0;
  return steps.map(({ stallMs, thereMs, backMs }) => {
    nowMs += stallMs;
    nowMs += window.waitMs(nowMs);
    const call = window.start(nowMs);
    window.finish(call, nowMs + thereMs + backMs);
    return nowMs + thereMs;
  });
}

/** The shortest time in which one call more than the limit arrives. */
function shortestSpan(arrivals: number[]): number {
  const sorted = arrivals.toSorted((a, b) => a - b);
  const spans = sorted.slice(LIMIT).map((last, index) => last - (sorted[index] ?? 0));
  return Math.min(...spans);
}

const steps = (thereMs: fc.Arbitrary<number>) =>
  fc.array(
    fc.record({
      stallMs: fc.integer({ min: 0, max: 150 }),
      thereMs,
      backMs: fc.constant(1),
    }),
    { minLength: LIMIT + 1, maxLength: 120 },
  );

describe('StartWindow', () => {
  it('keeps an exact sliding window over arrivals, whatever our stalls and small delays on the way', () => {
    fc.assert(
      fc.property(steps(fc.integer({ min: 1, max: 3 })), (calls) => {
        expect(shortestSpan(arrivalsOf(calls))).toBeGreaterThanOrEqual(WINDOW_MS);
      }),
    );
  });

  it('allows for a call that arrived late, such as the first on a new connection', () => {
    const ordinary = { stallMs: 0, thereMs: 2, backMs: 1 };
    const calls = Array.from({ length: 40 }, (_, index) =>
      index % 13 === 12 ? { ...ordinary, thereMs: 90 } : ordinary,
    );
    expect(shortestSpan(arrivalsOf(calls))).toBeGreaterThanOrEqual(WINDOW_MS);
  });

  it('does not take a stall of many calls for the usual latency', () => {
    const ordinary = { stallMs: 0, thereMs: 2, backMs: 1 };
    const late = { ...ordinary, thereMs: 20 };
    const calls = [
      ...Array(15).fill(ordinary),
      ...Array(70).fill(late),
      ...Array(15).fill(ordinary),
    ];
    expect(shortestSpan(arrivalsOf(calls))).toBeGreaterThanOrEqual(WINDOW_MS);
  });

  it('costs a steady target next to nothing', () => {
    const arrivals = arrivalsOf(
      Array.from({ length: 101 }, () => ({ stallMs: 0, thereMs: 30, backMs: 30 })),
    );
    const perWindow = ((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)) / 10;
    expect(perWindow).toBeLessThanOrEqual(WINDOW_MS + 3);
  });

  it('does not let the jitter of a slow target cost much more than 2 %', () => {
    const calls = Array.from({ length: 501 }, (_, index) => {
      return { stallMs: 0, thereMs: 50, backMs: 50 + ((index * 37) % 60) };
    });
    const arrivals = arrivalsOf(calls);
    const perWindow = ((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)) / 50;
    expect(perWindow).toBeLessThanOrEqual(WINDOW_MS * 1.03);
  });

  it('waits for nothing below the limit', () => {
    const window = new StartWindow(3, 1000);
    window.start(0);
    window.start(0);
    expect(window.waitMs(0)).toBe(0);
    window.start(0);
    expect(window.waitMs(0)).toBeGreaterThanOrEqual(1000);
  });
});

import { describe, expect, it } from 'vitest';
import { Margin } from '../../../lib/dispatch/margin.ts';

const WINDOW_MS = 1000;

const always = (ms: number) => (_: number) => ms;

/** A margin that has seen 256 calls and starts. */
function measured({ latencyMs = always(5), lateMs = always(1) } = {}) {
  const margin = new Margin(WINDOW_MS);
  for (let call = 0; call < 256; call++) {
    margin.noteStart(lateMs(call));
    margin.noteCall(latencyMs(call));
  }
  return margin;
}

/** Shares the margin with two bookings in a row. */
function book(margin: Margin): void {
  for (let booking = 0; booking < 2; booking++) margin.adopt(margin.toShare(), 0);
}

const from5To = (most: number) => (call: number) => (call % 2 === 0 ? 5 : most);

describe('Margin', () => {
  it('allows for 4 ms of lateness and 10 ms of jitter, and shares nothing, before it is measured', () => {
    const margin = new Margin(WINDOW_MS);
    expect(margin.ms).toBe(14);
    expect(margin.toShare()).toBeUndefined();
    expect(margin.lateMs).toBe(4);
  });

  it('is 4 ms and half of the spread of latencies where starts are hardly late', () => {
    const margin = measured({ latencyMs: from5To(15) });
    expect(margin.toShare()).toBe(4 + 5);
  });

  it('takes what is shared until the own need is known', () => {
    const margin = new Margin(WINDOW_MS);
    margin.adopt(7, 0);
    expect(margin.ms).toBe(7);
    expect(margin.toShare()).toBe(7);
  });

  it('rises to the largest need at once, and falls by a quarter with each booking', () => {
    const margin = measured({ latencyMs: from5To(15) });
    margin.adopt(6, 0);
    expect(margin.toShare()).toBe(9);
    margin.adopt(17, 0);
    expect(margin.toShare()).toBe(15);
  });

  it.each([
    ['3 of 100 starts', 10, 3, 10],
    ['1 of 1,000 starts', 10, 0.1, 4],
    ['half of the starts, and far too late', 50, 50, 20],
  ])('%s, %i ms late', (_, lateMs, percent, allowedMs) => {
    const late = measured({ lateMs: (call) => ((call * 37) % 1000 < percent * 10 ? lateMs : 1) });
    book(late);
    expect(late.lateMs).toBe(allowedMs);
    expect(late.ms).toBe(allowedMs);
  });

  it('allows a start to be later only after a second booking with the larger margin', () => {
    const margin = measured({ lateMs: (call) => (call % 10 === 0 ? 9 : 1) });
    margin.adopt(5, 0);
    margin.adopt(margin.toShare(), 0);
    expect(margin.lateMs).toBe(5);
    margin.adopt(margin.toShare(), 0);
    expect(margin.lateMs).toBe(9);
  });

  it('allows for more than 20 ms of jitter, up to 100, only after refused calls', () => {
    for (const [mostMs, wantedMs] of [
      [125, 60],
      [405, 100],
    ] as const) {
      const margin = measured({ latencyMs: from5To(mostMs) });
      expect(margin.toShare()).toBe(4 + 20);
      margin.refused(0);
      expect(margin.toShare()).toBe(4 + wantedMs);
    }
  });

  it('explains refusals by jitter for two windows after it allowed for more', () => {
    const margin = measured({ latencyMs: from5To(125) });
    const explained = [0, 1000, 1999, 2000, 9000].map((ms) => margin.refused(50_000 + ms));
    expect(explained).toEqual([true, true, true, false, false]);
  });

  it('does not explain refusals on an even network', () => {
    expect(measured().refused(50_000)).toBe(false);
  });

  it('learns from the shared margin that calls were refused for jitter', () => {
    const margin = measured({ latencyMs: from5To(125) });
    margin.adopt(64, 50_000);
    expect(margin.toShare()).toBe(64);
    expect(margin.refused(50_500)).toBe(true);
  });
});

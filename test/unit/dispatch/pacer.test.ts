import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { createPacer, type Pacer } from '../../../lib/dispatch/pacer.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes slots as fast as they are granted, and answers when each was. */
async function takeSlots(pacer: Pacer, untilMs: number, onSlot: () => void = () => undefined) {
  const startMs = Date.now();
  const times: number[] = [];
  const taking = (async () => {
    while (Date.now() - startMs < untilMs) {
      const slot = await pacer.slot(startMs + untilMs);
      if (!slot) break;
      times.push(Date.now() - startMs);
      onSlot();
      slot.finished();
    }
  })();
  await vi.advanceTimersByTimeAsync(untilMs + 100);
  await taking;
  return times;
}

/** The most in any second. */
function busiest(times: number[]): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length),
  );
}

describe('createPacer', () => {
  it.each([10, 100, 500, 1000])('uses 98 % of %i/s and never exceeds it', async (rate) => {
    const times = await takeSlots(createPacer(rate, systemClock), 5000);
    expect(times.length / 5).toBeGreaterThanOrEqual(rate * 0.98);
    expect(busiest(times)).toBeLessThanOrEqual(rate);
  });

  it('makes up for a stall of its process, and still exceeds nothing', async () => {
    let slots = 0;
    const times = await takeSlots(createPacer(100, systemClock), 5000, () => {
      slots += 1;
      // The clock goes on while nothing runs.
      if (slots % 37 === 0) vi.setSystemTime(Date.now() + 60);
    });
    expect(times.length).toBeGreaterThanOrEqual(480);
    expect(busiest(times)).toBeLessThanOrEqual(100);
  });

  it('follows a changed rate', async () => {
    const pacer = createPacer(100, systemClock);
    await takeSlots(pacer, 1000);
    pacer.setRate(20);
    await takeSlots(pacer, 1000);
    const times = await takeSlots(pacer, 5000);
    expect(times.length).toBeGreaterThanOrEqual(97);
    expect(times.length).toBeLessThanOrEqual(101);
  });

  it('grants nothing when no slot comes in time', async () => {
    const pacer = createPacer(0.25, systemClock);
    expect(await takeSlots(pacer, 1000)).toHaveLength(1);
    const startMs = Date.now();
    const slot = pacer.slot(startMs + 1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await slot).toBeUndefined();
  });

  function fourLanes(): Pacer[] {
    return [0, 0.25, 0.5, 0.75].map((phase) => {
      const pacer = createPacer(2.5, systemClock);
      pacer.setTurn({ phase, ratePerSecond: 2.5 });
      return pacer;
    });
  }

  /** The starts of all lanes, in order. */
  async function startsOf(lanes: Pacer[], untilMs: number, onSlot?: () => void) {
    const taking = lanes.map((pacer) => takeSlots(pacer, untilMs, onSlot));
    return (await Promise.all(taking)).flat().sort((a, b) => a - b);
  }

  it('lets several lanes take turns', async () => {
    const times = await startsOf(fourLanes(), 10_000);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(90);
    expect(busiest(times)).toBeLessThanOrEqual(10);
    expect(times.length).toBeGreaterThanOrEqual(98);
  });

  it.each([0.25, 0.5, 0.75, 0.98])(
    'loses no turn of a slow lane whose caller looks after something else meanwhile (its turn at %f)',
    async (phase) => {
      const pacer = createPacer(2.5, systemClock);
      await takeSlots(pacer, 1000);
      pacer.setTurn({ phase, ratePerSecond: 2.5 });
      const startMs = Date.now();
      let starts = 0;
      const taking = (async () => {
        while (Date.now() - startMs < 20_000)
          if (await pacer.slot(Math.min(startMs + 20_000, Date.now() + 130))) starts += 1;
      })();
      await vi.advanceTimersByTimeAsync(21_000);
      await taking;
      expect(starts).toBeGreaterThanOrEqual(48);
      expect(starts).toBeLessThanOrEqual(50);
    },
  );

  it('keeps slow lanes in their turns when all are stalled, and when one is slowed down', async () => {
    const lanes = fourLanes();
    lanes[1]?.setRate(2.2);
    let slots = 0;
    const times = await startsOf(lanes, 60_000, () => {
      slots += 1;
      if (slots % 13 === 0) vi.setSystemTime(Date.now() + 170);
    });
    expect(busiest(times)).toBeLessThanOrEqual(10);
    expect(times.length / 60).toBeGreaterThan(7);
  });

  it('says until when the target wants no calls', () => {
    const pacer = createPacer(100, systemClock);
    pacer.pauseFor(3000);
    pacer.pauseFor(1000);
    expect(pacer.pausedUntilMs).toBe(Date.now() + 3000);
  });
});

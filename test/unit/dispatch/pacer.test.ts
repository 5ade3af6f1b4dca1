import { describe, expect, it } from 'vitest';
import { Pacer, windowOf } from '../../../lib/dispatch/pacer.ts';
import { InMemorySchedule } from '../../support/in-memory-schedule.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const START_MS = Date.UTC(2026, 0, 1);

function createLab({ rate = 100, lanes = 1, latencyMs = 6, callMs = 5 } = {}) {
  const clock = new ManualClock(START_MS);
  const schedule = new InMemorySchedule(clock);
  schedule.latencyMs = latencyMs;
  const log = createTestLog();
  const pacers = Array.from(
    { length: lanes },
    () =>
      new Pacer({
        ...{ schedule, clock, log, ratePerSecond: rate, clockSkewMs: 1 },
        onState: () => undefined,
      }),
  );
  const starts: number[] = [];
  /** Makes calls until then, or so many. */
  async function run(pacer: Pacer, untilMs: number, work = Number.POSITIVE_INFINITY) {
    pacer.begin(untilMs, work);
    let left = work;
    while (left > 0 && clock.now() < untilMs) {
      const slot = await pacer.slot(untilMs, () => left);
      if (!slot) continue;
      left -= 1;
      starts.push(clock.now());
      clock.after(callMs, () => slot.finished());
    }
    await pacer.end();
  }
  /** Lets all lanes work for so many seconds. */
  async function runAll(seconds: number) {
    const untilMs = clock.now() + seconds * 1000;
    const running = Promise.all(pacers.map((pacer) => run(pacer, untilMs)));
    await clock.advance(seconds * 1000 + 1000);
    await running;
  }
  return { clock, schedule, log, pacers, starts, run, runAll };
}

function busiest(starts: number[], windowMs = 1000): number {
  let most = 0;
  for (let from = 0, to = 0; to < starts.length; to++) {
    while ((starts[to] as number) - (starts[from] as number) >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe('Pacer', () => {
  it.each([
    [10, 1],
    [10, 4],
    [100, 1],
    [100, 4],
    [100, 40],
    [1000, 1],
    [1000, 4],
  ])('uses 98 % of %i/s in %i lanes together, and never exceeds it', async (rate, lanes) => {
    const { starts, runAll } = createLab({ rate, lanes });
    await runAll(20);
    expect(busiest(starts)).toBeLessThanOrEqual(rate);
    expect(starts.length).toBeGreaterThanOrEqual(rate * 20 * 0.98 - 1);
  });

  it('makes about four requests a second, however many lanes are busy', async () => {
    for (const lanes of [1, 4, 20]) {
      const { schedule, runAll } = createLab({ lanes });
      await runAll(20);
      expect(schedule.requests / 20).toBeLessThan(8);
    }
  });

  it('keeps a limit of one call a minute', async () => {
    const { starts, runAll } = createLab({ rate: 1 / 60, lanes: 2 });
    await runAll(600);
    expect(starts.length).toBeGreaterThanOrEqual(9);
    expect(busiest(starts, 60_000)).toBe(1);
  });

  it('books no more than the work at hand, so that others lose nothing', async () => {
    const { clock, pacers, starts, run } = createLab({ lanes: 2 });
    const untilMs = START_MS + 10_000;
    const [one, other] = pacers as [Pacer, Pacer];
    const running = [run(one, untilMs, 5), run(other, untilMs, 5)];
    await clock.advance(1000);
    await Promise.all(running);
    expect(Math.max(...starts) - START_MS).toBeLessThan(250);
  });

  it('counts nothing that was booked in an earlier invocation', async () => {
    const { clock, pacers, starts, run } = createLab();
    const [pacer] = pacers as [Pacer];
    const first = run(pacer, START_MS + 100);
    await clock.advance(200);
    await first;
    clock.jump(60_000);
    const before = starts.length;
    const second = run(pacer, clock.now() + 5000, 20);
    await clock.advance(1000);
    await second;
    expect(busiest(starts.slice(before), 50)).toBeLessThanOrEqual(6);
  });

  it('loses the starts that a stall swallowed, and exceeds nothing', async () => {
    const { clock, pacers, starts, run } = createLab();
    const running = run(pacers[0] as Pacer, START_MS + 5000);
    for (let ms = 0; ms < 5000; ms += 200) {
      await clock.advance(150);
      clock.jump(50);
    }
    await clock.advance(1000);
    await running;
    expect(busiest(starts)).toBeLessThanOrEqual(100);
    expect(starts.length).toBeGreaterThan(300);
  });

  it('makes no call in a pause that another environment was asked for', async () => {
    const { clock, pacers, starts, run } = createLab({ lanes: 2 });
    const [one, other] = pacers as [Pacer, Pacer];
    other.pauseFor(3000);
    await clock.advance(20);
    const running = run(one, START_MS + 5000);
    await clock.advance(6000);
    await running;
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(START_MS + 3000);
  });

  it('ends an invocation when nothing is under way to the schedule any more', async () => {
    const { clock, schedule, pacers } = createLab();
    const [pacer] = pacers as [Pacer];
    schedule.latencyMs = 200;
    pacer.begin(START_MS + 5000, 1);
    await clock.advance(150);
    pacer.pauseFor(1000);
    let hasEnded = false;
    const ending = pacer.end().then(() => {
      hasEnded = true;
    });
    await clock.advance(100);
    expect(hasEnded).toBe(false);
    await clock.advance(200);
    await ending;
    expect(hasEnded).toBe(true);
  });

  it('sends only what is booked while the schedule is unavailable, and says so once', async () => {
    const { clock, schedule, log, pacers, starts, run } = createLab({ lanes: 2 });
    const running = pacers.map((pacer) => run(pacer, START_MS + 90_000));
    await clock.advance(10_000);
    schedule.fails = true;
    const before = starts.length;
    await clock.advance(60_000);
    expect(starts.length - before).toBeLessThan(100);
    schedule.fails = false;
    const after = starts.length;
    await clock.advance(21_000);
    await Promise.all(running);
    expect(starts.length - after).toBeGreaterThan(1850);
    expect(busiest(starts)).toBeLessThanOrEqual(100);
    const told = log.lines.map(({ message }) => message.slice(0, 21));
    expect(told.toSorted()).toEqual([
      'Start times can be bo',
      'Start times can be bo',
      'Start times cannot be',
      'Start times cannot be',
    ]);
  });
});

describe('windowOf', () => {
  it('has a whole number of calls', () => {
    expect(windowOf(100)).toEqual({ calls: 100, ms: 1000 });
    expect(windowOf(2.5)).toEqual({ calls: 2, ms: 800 });
    expect(windowOf(1 / 60)).toEqual({ calls: 1, ms: 60_000 });
  });
});

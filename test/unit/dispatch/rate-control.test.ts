import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';
import { seededRandom } from '../../../local/target/gate.ts';

/** A control of a lane that has been busy for a while, and a clock. */
function busyControl(rate = 100) {
  const control = new RateControl(rate);
  let nowMs = 0;
  /** Calls at the control's own rate for some seconds; `refuses` decides which are refused, by the calls of the last second. */
  function run(seconds: number, refuses: (lastSecond: number) => boolean) {
    const untilMs = nowMs + seconds * 1000;
    const admittedAtMs: number[] = [];
    const counts = { calls: 0, refused: 0 };
    while (nowMs < untilMs) {
      nowMs += 1000 / (control.rateAt(nowMs) * 0.99);
      while ((admittedAtMs[0] ?? nowMs) <= nowMs - 1000) admittedAtMs.shift();
      counts.calls += 1;
      if (refuses(admittedAtMs.length)) {
        counts.refused += 1;
        if (control.throttled(nowMs, 1000)) nowMs += 1000;
      } else {
        control.admitted(nowMs);
        admittedAtMs.push(nowMs);
      }
    }
    return counts;
  }
  return { control, run, rate: () => control.rateAt(nowMs), now: () => nowMs };
}

const above = (limit: number) => (lastSecond: number) => lastSecond >= limit;
const never = () => false;

describe('RateControl', () => {
  it('keeps the configured rate while nothing is throttled', () => {
    const { run, rate } = busyControl();
    run(10, never);
    expect(rate()).toBe(100);
  });

  it.each([50, 20, 80])('finds a limit of %i calls a second and keeps to it', (limit) => {
    const { run, rate } = busyControl();
    run(5, never);
    run(20, above(limit));
    const { calls, refused } = run(60, above(limit));
    expect(rate()).toBeGreaterThan(limit * 0.95);
    expect(rate()).toBeLessThan(limit * 1.1);
    expect((calls - refused) / 60).toBeGreaterThan(limit * 0.95);
    expect(refused / calls).toBeLessThan(0.01);
  });

  it.each([0.001, 0.01, 0.1, 0.3])(
    'is not lowered for long by random refusals of a share of %f',
    (share) => {
      const random = seededRandom(11);
      const { run } = busyControl();
      run(30, () => random() < share);
      const { calls, refused } = run(120, () => random() < share);
      expect((calls - refused) / 120).toBeGreaterThan(99 * (1 - share) * 0.95);
    },
  );

  it('is not lowered by a single refusal, at any rate', () => {
    for (const configured of [0.1, 2.5, 100, 1000]) {
      const { control, run, rate, now } = busyControl(configured);
      run(40 / configured + 2, never);
      expect(control.throttled(now(), 1000)).toBe(false);
      expect(rate()).toBe(configured);
    }
  });

  it('makes the lane wait only for refusals in a row', () => {
    const { control, run, now } = busyControl();
    run(2, never);
    const waits = [1, 2, 3, 4, 5].map((ms) => control.throttled(now() + ms, 1000));
    expect(waits).toEqual([false, false, false, true, true]);
  });

  it('comes back within half a minute when a low limit is gone', () => {
    const { run } = busyControl();
    run(5, never);
    run(60, above(20));
    run(30, never);
    const { calls } = run(30, never);
    expect(calls / 30).toBeGreaterThan(95);
  });

  it('forgets what looked like a limit when the window turns out to be closed', () => {
    const { control, run, rate, now } = busyControl();
    run(2, never);
    for (let index = 0; index < 10; index++) control.throttled(now() + index, 1000);
    expect(rate()).toBeLessThan(100);
    control.windowClosed(now() + 1000);
    expect(rate()).toBe(100);
  });

  it('tells what it has learnt, and takes what another environment learnt later', () => {
    const { control, run, now } = busyControl();
    run(5, never);
    run(8, above(60));
    const other = new RateControl(100);
    other.adopt(control.learned);
    expect(other.rateAt(now())).toBe(control.rateAt(now()));
    const atMs = control.learned?.atMs ?? 0;
    other.adopt({ atMs: atMs - 1 });
    expect(other.rateAt(now())).toBe(control.rateAt(now()));
    other.adopt({ atMs: atMs + 1 });
    expect(other.rateAt(now())).toBe(100);
  });

  it('takes its own calls for a part of all', () => {
    const [whole, quarter] = [1, 0.25].map((share) => {
      const control = new RateControl(100);
      for (let ms = 0; ms < 2000; ms += 40)
        if (ms % 80 === 0) control.admitted(ms);
        else control.throttled(ms, 1000, share);
      return control.learned?.limit?.ratePerSecond ?? 0;
    });
    expect(quarter).toBeCloseTo((whole ?? 0) * 4, 0);
  });

  it('never leaves the range from above zero to the configured rate', () => {
    const event = fc.tuple(fc.constantFrom('admitted', 'throttled', 'windowClosed'), fc.nat(3000));
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 1, max: 1000 }), (events, configured) => {
        const control = new RateControl(configured);
        let nowMs = 0;
        for (const [kind, afterMs] of events) {
          nowMs += afterMs;
          if (kind === 'throttled') control.throttled(nowMs, 1000);
          else control[kind](nowMs);
          expect(control.rateAt(nowMs)).toBeGreaterThan(0);
          expect(control.rateAt(nowMs)).toBeLessThanOrEqual(configured);
        }
      }),
    );
  });
});

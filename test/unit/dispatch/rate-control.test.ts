import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';

/** Tells the control of a second's worth of admitted calls. */
function admitSecond(control: RateControl, count: number, untilMs: number): void {
  for (let index = count; index > 0; index--) control.admitted(untilMs - (index * 999) / count);
}

describe('RateControl', () => {
  it('keeps the configured rate while nothing is throttled', () => {
    expect(new RateControl(100).rateAt(1e6)).toBe(100);
  });

  it('finds the limit of a target that allows half in one step', () => {
    const control = new RateControl(100);
    admitSecond(control, 50, 10_000);
    control.throttled(10_000, 1000);
    expect(control.rateAt(11_000)).toBe(50);
  });

  it.each([
    ['when hardly anything was admitted', 3, 50],
    ['when all but one was admitted', 99, 97],
  ])('lowers the rate within bounds %s', (_, admitted, rate) => {
    const control = new RateControl(100);
    admitSecond(control, admitted, 10_000);
    control.throttled(10_000, 1000);
    expect(control.rateAt(11_000)).toBe(rate);
  });

  it.each([3, 10, 40])(
    'hardly lowers the rate of a slow lane that is throttled once, after %i admitted calls',
    (calls) => {
      const control = new RateControl(2.5);
      for (let call = 0; call < calls; call++) control.admitted(call * 404);
      control.throttled(calls * 404, 1000);
      expect(control.rateAt(calls * 404 + 1000)).toBeGreaterThan(2.5 * 0.95);
    },
  );

  it('takes calls that were under way for one episode', () => {
    const control = new RateControl(100);
    admitSecond(control, 50, 10_000);
    for (let index = 0; index < 20; index++) control.throttled(10_000 + index, 1000);
    expect(control.rateAt(11_000)).toBe(50);
  });

  it('holds the lowered rate, then raises it additively to the configured one and no further', () => {
    const control = new RateControl(100);
    admitSecond(control, 50, 10_000);
    control.throttled(10_000, 1000);
    const rates = [11_000, 21_000, 22_000, 26_000, 46_000, 99_000].map((ms) => control.rateAt(ms));
    expect(rates).toEqual([50, 50, 52, 60, 100, 100]);
  });

  it('tries a limit that it meets again ever more rarely', () => {
    const control = new RateControl(100);
    let nowMs = 10_000;
    const holds: number[] = [];
    for (let episode = 0; episode < 4; episode++) {
      admitSecond(control, 50, nowMs);
      control.throttled(nowMs, 1000);
      const startMs = nowMs;
      while (control.rateAt(nowMs) < 50.5) nowMs += 100;
      holds.push(Math.round((nowMs - startMs) / 1000));
    }
    expect(holds).toEqual([11, 22, 42, 82]);
  });

  it('comes back gradually after an outage', () => {
    const control = new RateControl(100);
    control.recovered(0);
    expect([0, 500, 1000, 9000].map((ms) => Math.round(control.rateAt(ms)))).toEqual([
      50, 71, 100, 100,
    ]);
  });

  it('scales what it has learnt when the lane’s share changes', () => {
    const control = new RateControl(100);
    admitSecond(control, 60, 10_000);
    control.throttled(10_000, 1000);
    control.configure(50);
    expect(control.rateAt(11_000)).toBe(30);
  });

  it('never leaves the range from above zero to the configured rate', () => {
    const event = fc.tuple(fc.constantFrom('admitted', 'throttled', 'recovered'), fc.nat(3000));
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 1, max: 1000 }), (events, configured) => {
        const control = new RateControl(configured);
        let nowMs = 0;
        for (const [kind, afterMs] of events) {
          nowMs += afterMs;
          if (kind === 'admitted') control.admitted(nowMs);
          else if (kind === 'throttled') control.throttled(nowMs, 1000);
          else control.recovered(nowMs);
          expect(control.rateAt(nowMs)).toBeGreaterThan(0);
          expect(control.rateAt(nowMs)).toBeLessThanOrEqual(configured);
        }
      }),
    );
  });
});

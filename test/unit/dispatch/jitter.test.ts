import { describe, expect, it } from 'vitest';
import { Jitter } from '../../../lib/dispatch/jitter.ts';

const WINDOW_MS = 1000;

/** A jitter that has seen 256 calls, which took 5 ms and this by turns. */
function measured(slowMs: number): Jitter {
  const jitter = new Jitter(WINDOW_MS);
  for (let call = 0; call < 256; call++) jitter.noteCall(call % 2 === 0 ? 5 : slowMs);
  return jitter;
}

describe('Jitter', () => {
  it('allows for 10 ms, and shares nothing, before it is measured', () => {
    const jitter = new Jitter(WINDOW_MS);
    expect(jitter.ms).toBe(10);
    expect(jitter.toShare()).toBeUndefined();
  });

  it('keeps that margin when the first calls are refused', () => {
    const jitter = new Jitter(WINDOW_MS);
    jitter.noteCall(80);
    expect(jitter.refused(0)).toBe(false);
    expect([jitter.ms, jitter.toShare()]).toEqual([10, undefined]);
  });

  it('is half of the spread of latencies', () => {
    expect(measured(15).toShare()).toBe(5);
  });

  it('passes over the slowest fiftieth of the calls, and over no more', () => {
    const jitter = measured(15);
    for (let call = 0; call < 8; call++) jitter.noteCall(call < 5 ? 35 : 5);
    expect(jitter.toShare()).toBe(5);
    for (let call = 0; call < 8; call++) jitter.noteCall(35);
    expect(jitter.toShare()).toBe(15);
  });

  it('takes what is shared until something of its own is known', () => {
    const jitter = new Jitter(WINDOW_MS);
    jitter.adopt(7, 0);
    expect(jitter.ms).toBe(7);
    expect(jitter.toShare()).toBe(7);
  });

  it('allows for the larger of its own finding and that of the booking before, and shares its own', () => {
    const jitter = measured(15);
    for (const [sharedMs, allowedMs] of [
      [2, 5],
      [13, 13],
    ] as const) {
      jitter.adopt(sharedMs, 0);
      expect(jitter.ms).toBe(allowedMs);
      expect(jitter.toShare()).toBe(5);
    }
  });

  it.each([
    [125, 60],
    [405, 100],
  ])(
    'allows for more than 20 ms only after refused calls: latencies of up to %i ms',
    (slowMs, mostMs) => {
      const jitter = measured(slowMs);
      expect(jitter.toShare()).toBe(20);
      jitter.refused(0);
      expect(jitter.toShare()).toBe(mostMs);
    },
  );

  it('explains refusals for two windows after it allowed for more', () => {
    const jitter = measured(125);
    const explained = [0, 1000, 1999, 2000, 9000].map((ms) => jitter.refused(50_000 + ms));
    expect(explained).toEqual([true, true, true, false, false]);
  });

  it('does not explain refusals on an even network', () => {
    expect(measured(6).refused(50_000)).toBe(false);
  });

  it('learns from the others that calls were refused for jitter', () => {
    const jitter = measured(125);
    jitter.adopt(60, 50_000);
    expect(jitter.toShare()).toBe(60);
    expect(jitter.refused(50_500)).toBe(true);
  });
});

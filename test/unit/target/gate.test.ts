import { describe, expect, it } from 'vitest';
import { Gate, type Verdict } from '../../../local/target/gate.ts';
import { defaultSettings, type SettingsChange } from '../../../local/target/settings.ts';

const served: Verdict = { type: 'admitted', fate: { type: 'serve', delayMs: 0 } };

describe('the gate', () => {
  it('lets everything through by default', () => {
    expect(judge(open({}), [0, 0, 0])).toEqual([served, served, served]);
  });

  it('starts an outage at its time after the first call, and ends it', () => {
    const gate = open({ outage: { afterMs: 100, durationMs: 50, mode: 'reset' } });
    const outage: Verdict = { type: 'outage', mode: 'reset' };
    expect(judge(gate, [7000, 7099, 7100, 7149, 7150])).toEqual([
      served,
      served,
      outage,
      outage,
      served,
    ]);
  });

  it('arms an outage anew when it is set again, and only then', () => {
    const outage = { afterMs: 0, durationMs: 50, mode: '503' } as const;
    const gate = open({ outage });
    judge(gate, [0, 100]);
    gate.change({ latencyMs: 0 });
    expect(judge(gate, [200])).toEqual([served]);
    gate.change({ outage });
    expect(judge(gate, [300])).toEqual([{ type: 'outage', mode: '503' }]);
    gate.change({ outage: null });
    expect(judge(gate, [301])).toEqual([served]);
  });

  it('does not spend the limit on calls that an outage refuses', () => {
    const gate = open({
      limitPerSecond: 1,
      outage: { afterMs: 0, durationMs: 10, mode: '503' },
    });
    expect(judge(gate, [0, 1, 10]).map(({ type }) => type)).toEqual([
      'outage',
      'outage',
      'admitted',
    ]);
  });

  it('keeps what the limiter knows while the limit stays the same', () => {
    const gate = open({ limitPerSecond: 1 });
    judge(gate, [0]);
    gate.change({ limitPerSecond: 1, errorShare: 1 });
    expect(judge(gate, [1])).toEqual([{ type: 'throttled', limitPerSecond: 1, retryAfterMs: 999 }]);
    gate.change({ limitPerSecond: 2 });
    expect(judge(gate, [1])[0]?.type).toBe('admitted');
  });

  it('draws about the shares that were asked for', () => {
    const fates = fatesOf(open({ errorShare: 0.05, lostResponseShare: 0.1 }), 20_000);
    const share = (type: string) => fates.filter((fate) => fate.type === type).length / 20_000;
    expect(share('fail')).toBeCloseTo(0.05, 2);
    expect(share('lose')).toBeCloseTo(0.1, 2);
  });

  it('draws latencies from the whole range', () => {
    const delaysMs = fatesOf(open({ latencyMs: 20, latencyJitterMs: 10 }), 1000).map(
      (fate) => fate.delayMs,
    );
    expect(Math.min(...delaysMs)).toBeGreaterThanOrEqual(20);
    expect(Math.min(...delaysMs)).toBeLessThan(21);
    expect(Math.max(...delaysMs)).toBeLessThan(30);
    expect(Math.max(...delaysMs)).toBeGreaterThan(29);
  });

  it('repeats itself for a seed, and differs for another', () => {
    const faults = { errorShare: 0.5, latencyJitterMs: 10 };
    const gate = open({ ...faults, seed: 42 });
    const first = fatesOf(gate, 50);
    gate.change({ seed: 42 });
    expect(fatesOf(gate, 50)).toEqual(first);
    expect(fatesOf(open({ ...faults, seed: 43 }), 50)).not.toEqual(first);
  });

  it('fails the same calls whether or not other faults are on', () => {
    const failed = (gate: Gate) => fatesOf(gate, 100).map((fate) => fate.type === 'fail');
    expect(failed(open({ errorShare: 0.3, lostResponseShare: 0.3, latencyJitterMs: 5 }))).toEqual(
      failed(open({ errorShare: 0.3 })),
    );
  });
});

function open(settings: SettingsChange): Gate {
  return new Gate({ ...defaultSettings, ...settings });
}

function judge(gate: Gate, timesMs: number[]): Verdict[] {
  return timesMs.map((nowMs) => gate.judge(nowMs));
}

function fatesOf(gate: Gate, calls: number) {
  return Array.from({ length: calls }, (_, nowMs) => gate.judge(nowMs)).flatMap((verdict) =>
    verdict.type === 'admitted' ? [verdict.fate] : [],
  );
}

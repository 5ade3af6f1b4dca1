import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { type Findings, reportOf } from '../../../scripts/demo/report.ts';
import { SCENARIO } from '../../../scripts/demo/scenario.ts';

const T0 = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(T0 + ms).toISOString();

/** An event that was received at the start and delivered at the last of its attempts. */
function factsOf(eventId: string, attemptsMs: number[]): Fact[] {
  const base = { v: 1, eventId, traceId: 't' } as const;
  const attempts = attemptsMs.map((ms) => ({ at: at(ms), ms: 1, outcome: 'delivered' }));
  return [
    { ...base, type: 'received', at: at(0), payload: {} },
    { ...base, type: 'delivered', at: at(attemptsMs.at(-1) ?? 0), attempts },
  ] as Fact[];
}

describe('the report of the demo', () => {
  it('counts every call until the last event was tried first, lookups included, and none after that', () => {
    const findings = {
      sending: { accepted: 2, sent: 2, refused: 0, unanswered: 0, missed: 0, latencyMs: {} },
      sent: new Set(['a', 'b']),
      accepted: new Set(['a', 'b']),
      stats: { firstCallAt: at(1000), lastCallAt: at(9000), calls: 500 },
      samples: [
        { atMs: T0, calls: 0 },
        { atMs: T0 + 2950, calls: 100 },
        { atMs: T0 + 3050, calls: 102 },
        { atMs: T0 + 9000, calls: 500 },
      ],
      targetIds: ['a', 'b'],
      facts: [...factsOf('a', [1000, 8000]), ...factsOf('b', [3000])],
      damaged: [],
      objects: 1,
    } as unknown as Findings;
    const { target } = reportOf(findings);
    expect(target.rateUsedWhileWaiting).toBeCloseTo(100 / 2 / SCENARIO.targetRatePerSecond);
  });
});

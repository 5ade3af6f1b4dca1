import { describe, expect, it } from 'vitest';
import type { Attempt, Fact } from '../../../lib/event/fact.ts';
import { checkConservation } from '../../../scripts/demo/conservation.ts';
import { lifeOfEvent, mostEventful } from '../../../scripts/demo/life-of-event.ts';

const AT = '2026-01-01T00:00:00.000Z';
const base = { v: 1 as const, at: AT, traceId: 'd'.repeat(32) };
const attempt: Attempt = {
  at: '2026-01-01T00:00:00.100Z',
  ms: 5,
  outcome: 'delivered' as const,
  status: 200,
};

const received = (eventId: string): Fact => ({ ...base, type: 'received', eventId, payload: {} });
const delivered = (eventId: string, attempts = [attempt]): Fact => ({
  ...base,
  at: '2026-01-01T00:00:00.105Z',
  type: 'delivered',
  eventId,
  attempts,
  queuedMs: 100,
  dispatchMs: 5,
});
const deadLettered = (eventId: string): Fact => ({
  ...base,
  at: '2026-01-01T00:00:00.200Z',
  type: 'deadLettered',
  eventId,
  attempts: [],
  reason: 'rejected',
  error: { code: 'HTTP_400', message: 'bad', status: 400 },
  payload: {},
});

const whole = {
  sent: new Set(['a', 'b', 'c']),
  accepted: new Set(['a', 'b']),
  archived: [received('a'), received('b'), received('b'), delivered('a'), deadLettered('b')],
  atTarget: new Set(['a']),
};

describe('checkConservation', () => {
  it('holds when every accepted id is archived and ends one way, facts that are there twice included', () => {
    expect(checkConservation(whole)).toEqual({ holds: true, violations: {} });
  });

  it.each([
    ['accepted but not archived', { accepted: new Set(['a', 'b', 'c']) }, ['c']],
    ['archived but never sent', { sent: new Set(['a']) }, ['b']],
    ['neither delivered nor dead-lettered', { archived: whole.archived.slice(0, -1) }, ['b']],
    ['delivered and dead-lettered', { archived: [...whole.archived, deadLettered('a')] }, ['a']],
    ['delivered but not at the target', { atTarget: new Set<string>() }, ['a']],
    ['at the target but not delivered', { atTarget: new Set(['a', 'b']) }, ['b']],
  ])('names the ids that are %s', (how, change, ids) => {
    const { holds, violations } = checkConservation({ ...whole, ...change });
    expect(holds).toBe(false);
    expect(violations[how]).toEqual(ids);
  });
});

describe('lifeOfEvent', () => {
  it('tells it in order, from the arrival on', () => {
    const failed = {
      ...attempt,
      at: '2026-01-01T00:00:00.050Z',
      outcome: 'transient' as const,
      status: 500,
    };
    const lines = lifeOfEvent([delivered('a', [failed, attempt]), received('a')]);
    expect(lines.map((line) => line.trim())).toEqual([
      expect.stringContaining('received'),
      '+50 ms  attempt 1: transient (500) in 5 ms',
      '+100 ms  attempt 2: delivered (200) in 5 ms',
      '+105 ms  delivered',
    ]);
  });

  it('tells an attempt once, though the facts after a deferral hold it again', () => {
    const failed = { ...attempt, at: '2026-01-01T00:00:00.050Z', outcome: 'unavailable' as const };
    const deferred: Fact = {
      ...base,
      at: '2026-01-01T00:00:00.060Z',
      type: 'deferred',
      eventId: 'a',
      until: '2026-01-01T00:00:00.090Z',
      deferral: 1,
      failedAttempts: 1,
      attempts: [failed],
      error: { code: 'HTTP_500', message: 'no', status: 500 },
    };
    const returned: Fact = {
      ...received('a'),
      at: '2026-01-01T00:00:00.090Z',
      deferral: 1,
    } as Fact;
    const lines = lifeOfEvent([
      received('a'),
      deferred,
      returned,
      delivered('a', [failed, attempt]),
    ]);
    expect(lines.filter((line) => line.includes('attempt 1'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('attempt 2'))).toHaveLength(1);
    expect(lines).toHaveLength(6);
  });

  it('is told of the event with the most attempts', () => {
    const facts = [
      received('a'),
      received('b'),
      delivered('a'),
      delivered('b', [attempt, attempt]),
    ];
    expect(mostEventful(facts).map(({ eventId }) => eventId)).toEqual(['b', 'b']);
    expect(mostEventful([])).toEqual([]);
  });
});

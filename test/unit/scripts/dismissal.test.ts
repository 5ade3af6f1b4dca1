import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { statusOfFacts } from '../../../lib/event/status-of-facts.ts';
import { dismissalOf } from '../../../scripts/dismiss/dismissal.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'mended' };
const later = { atMs: NOON_MS + 60_000, replay };
const DEAD = [received('e'), deadLettered('e')];
const about = { reason: 'a test order', nowMs: NOON_MS + 90_000 };

describe('dismissalOf', () => {
  it.each<[string, Fact[], object]>([
    ['the first delivery', DEAD, {}],
    ['a replay', [...DEAD, received('e', later), deadLettered('e', later)], { replay }],
    ['the third delivery', [received('e'), deadLettered('e', { deferral: 2 })], { deferral: 2 }],
  ])('ends the dead letter of %s', (_, facts, identity) => {
    const dismissal = dismissalOf('e', facts, about);
    const fact = {
      ...{ v: 1, type: 'dismissed', eventId: 'e', at: isoTime(about.nowMs) },
      ...{ traceId: 'b'.repeat(32), reason: 'a test order', ...identity },
    };
    expect(dismissal).toEqual({ kind: 'fact', fact });
    if (dismissal.kind === 'fact')
      expect(statusOfFacts([...facts, dismissal.fact])).toBe('dismissed');
  });

  it('comes after the dead letter, whatever this clock says', () => {
    const dismissal = dismissalOf('e', DEAD, { ...about, nowMs: NOON_MS });
    expect(dismissal).toMatchObject({ fact: { at: isoTime(NOON_MS + 1000) } });
  });

  it.each<[string, Fact[], string]>([
    ['unknown', [], 'is not known.'],
    ['pending', [received('e')], 'is pending: only'],
    ['deferred', [received('e'), deferred('e')], 'is deferred: only'],
    ['delivered', [received('e'), delivered('e')], 'is delivered: only'],
    ['on its way again', [...DEAD, received('e', later)], 'is pending: only'],
  ])('refuses what is %s', (_, facts, detail) => {
    expect(dismissalOf('e', facts, about)).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining(detail),
    });
  });

  it('leaves alone what is dismissed', () => {
    expect(dismissalOf('e', [...DEAD, dismissed('e')], about)).toEqual({ kind: 'wasDismissed' });
  });
});

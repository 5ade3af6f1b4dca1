import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { statusOfFacts } from '../../../lib/event/status-of-facts.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'test' };
const later = { atMs: NOON_MS + 60_000, replay };
const latest = { atMs: NOON_MS + 61_000, replay };
const DEAD = [received('e'), deadLettered('e')];
const DISMISSED = [...DEAD, dismissed('e', { atMs: NOON_MS + 2000 })];
const RETURNED = received('e', { deferral: 1 });

const CASES: [what: string, facts: Fact[], status: string][] = [
  ['received', [received('e')], 'pending'],
  ['delivered', [received('e'), delivered('e')], 'delivered'],
  ['delivered, of which only that is known', [delivered('e')], 'delivered'],
  ['parked', [received('e'), deferred('e')], 'deferred'],
  ['parked and returned', [received('e'), deferred('e'), RETURNED], 'pending'],
  ['parked again', [received('e'), RETURNED, deferred('e', { deferral: 2 })], 'deferred'],
  ['dead-lettered', DEAD, 'deadLettered'],
  ['dead-lettered after it was parked', [...DEAD, deferred('e'), RETURNED], 'deadLettered'],
  ['dismissed', DISMISSED, 'dismissed'],
  ['dead-lettered and replayed', [...DEAD, received('e', later)], 'pending'],
  [
    'parked by a replay',
    [...DEAD, received('e', later), deferred('e', { ...latest, deferral: 1 })],
    'deferred',
  ],
  ['delivered by a replay', [...DEAD, received('e', later), delivered('e', latest)], 'delivered'],
  ['dismissed and replayed', [...DISMISSED, received('e', later)], 'pending'],
  [
    'dismissed, replayed and dead-lettered again',
    [...DISMISSED, received('e', later), deadLettered('e', latest)],
    'deadLettered',
  ],
  [
    'dead-lettered by a replay that is dismissed',
    [
      ...[...DEAD, received('e', later), deadLettered('e', latest)],
      dismissed('e', { atMs: NOON_MS + 90_000, replay }),
    ],
    'dismissed',
  ],
  ['delivered and dismissed', [...DISMISSED, delivered('e', latest)], 'delivered'],
];

describe('statusOfFacts', () => {
  it.each(CASES)('of an event that was %s', (_, facts, status) => {
    expect(statusOfFacts(facts)).toBe(status);
  });

  it.each(CASES)(
    'of an event that was %s, in any order and with repetitions',
    (_, facts, status) => {
      const mixed = fc
        .shuffledSubarray([...facts, ...facts, ...facts], { minLength: facts.length * 3 })
        .map((all) => all.slice(0));
      fc.assert(
        fc.property(mixed, (all) => statusOfFacts(all) === status),
        { numRuns: 50 },
      );
    },
  );

  it('is pending where nothing is known', () => {
    expect(statusOfFacts([])).toBe('pending');
  });
});

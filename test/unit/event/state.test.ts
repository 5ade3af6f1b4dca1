import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import {
  FREE_BIT,
  foldFact,
  hasDeadLetter,
  isCreatedTwice,
  isReceived,
  isReplayed,
  NOTHING,
  PARKED,
  statusOf,
} from '../../../lib/event/state.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'test' };
const fold = (...facts: Fact[]) => facts.reduce(foldFact, NOTHING);

describe('statusOf', () => {
  it.each([
    ['nothing', [], 'pending'],
    ['received', [received('e')], 'pending'],
    ['delivered', [received('e'), delivered('e')], 'delivered'],
    ['found at the target', [received('e'), delivered('e', { verified: true })], 'delivered'],
    ['dead-lettered', [received('e'), deadLettered('e')], 'deadLettered'],
    [
      'dead-lettered and dismissed',
      [received('e'), deadLettered('e'), dismissed('e')],
      'dismissed',
    ],
    ['dismissed, and delivered', [deadLettered('e'), dismissed('e'), delivered('e')], 'delivered'],
    ['dismissed before it ended', [received('e'), dismissed('e')], 'pending'],
    [
      'dead-lettered, then replayed and delivered',
      [received('e'), deadLettered('e'), received('e', { replay }), delivered('e', { replay })],
      'delivered',
    ],
    [
      'dead-lettered, and replayed',
      [received('e'), deadLettered('e'), received('e', { replay })],
      'deadLettered',
    ],
  ] as const)('of an event that was %s, in any order of its facts', (_, facts, status) => {
    expect(statusOf(fold(...facts))).toBe(status);
    expect(statusOf(fold(...facts.toReversed()))).toBe(status);
  });
});

it('is deferred while a run is parked and none has ended', () => {
  const parked = (...facts: Fact[]) => statusOf(fold(...facts) | PARKED);
  expect(parked(received('e'), deferred('e'))).toBe('deferred');
  expect(parked(received('e'), delivered('e'))).toBe('delivered');
  expect(parked(received('e'), deadLettered('e'), received('e', { replay }))).toBe('deadLettered');
});

it('leaves five bits of the 16 in which states are kept', () => {
  expect(FREE_BIT << 4).toBeLessThan(2 ** 16);
  expect(PARKED).toBeLessThan(FREE_BIT);
});

describe('isCreatedTwice', () => {
  const again = { atMs: NOON_MS + 9000 };

  it.each([
    ['two deliveries', [delivered('e'), delivered('e', again)], true],
    ['one', [delivered('e')], false],
    [
      'one that was found there afterwards',
      [delivered('e'), delivered('e', { ...again, verified: true })],
      false,
    ],
    ['one, and one of a replay', [delivered('e'), delivered('e', { ...again, replay })], false],
  ] as const)('of %s', (_, facts, twice) => {
    expect(isCreatedTwice(fold(...facts))).toBe(twice);
    expect(isCreatedTwice(fold(...facts.toReversed()))).toBe(twice);
  });
});

it('knows what was received, replayed, and dead-lettered for which reason', () => {
  const state = fold(received('e', { replay }), deadLettered('e', { reason: 'exhausted' }));
  expect([isReceived(state), isReplayed(state)]).toEqual([true, true]);
  expect([isReceived(NOTHING), isReplayed(fold(received('e')))]).toEqual([false, false]);
  expect(hasDeadLetter(state, ['exhausted', 'malformed'])).toBe(true);
  expect(hasDeadLetter(state, ['rejected'])).toBe(false);
  const undecided = fold(deadLettered('e', { reason: 'undecided' }));
  expect(statusOf(undecided)).toBe('deadLettered');
  expect(hasDeadLetter(undecided, ['undecided'])).toBe(true);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inOrderOfLife } from '../../../lib/event/life-order.ts';
import { deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'test' };
const minute = (n: number) => NOON_MS + n * 60_000;

/** Parked twice, a replay begun and delivered between, then delivered; every `received` fact of the first run has the same time. */
const LIFE = [
  received('e'),
  deferred('e', { atMs: minute(1), untilMs: minute(2) }),
  received('e', { deferral: 1 }),
  deferred('e', { atMs: minute(3), deferral: 2, untilMs: minute(9) }),
  received('e', { atMs: minute(4), replay }),
  delivered('e', { atMs: minute(5), replay }),
  received('e', { deferral: 2 }),
  delivered('e', { atMs: minute(10), deferral: 2 }),
];

it('puts the return of a parked event where it was due, in any order of the facts', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(LIFE, { minLength: LIFE.length }), (facts) => {
      expect(inOrderOfLife(facts, (fact) => fact)).toEqual(LIFE);
    }),
  );
});

it('puts a deferral that is due at once before the return', () => {
  const facts = [
    received('e', { deferral: 1 }),
    deferred('e', { atMs: minute(1), untilMs: minute(1) }),
    received('e'),
  ];
  expect(inOrderOfLife(facts, (fact) => fact)).toEqual(facts.toReversed());
});

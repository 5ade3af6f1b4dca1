import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { statusOf } from '../../../lib/event/state.ts';
import { EventTable } from '../../../lib/replay/event-table.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'test' };

function tableOf(facts: readonly Fact[]) {
  const table = new EventTable();
  for (const fact of facts) table.fold(fact.eventId, fact);
  return table;
}

const statusIn = (table: EventTable, id: string) => statusOf(table.stateAt(table.indexOf(id)));

describe('the state of a parked event', () => {
  const parked = [received('e'), deferred('e')];
  const back = received('e', { deferral: 1 });

  it.each<[string, Fact[], string]>([
    ['parked', parked, 'deferred'],
    ['parked and returned', [...parked, back], 'pending'],
    ['parked for the second time', [...parked, back, deferred('e', { deferral: 2 })], 'deferred'],
    ['delivered after its return', [...parked, back, delivered('e', { deferral: 1 })], 'delivered'],
    ['dead-lettered after its return', [...parked, back, deadLettered('e')], 'deadLettered'],
    ['returned, by its last fact alone', [back], 'pending'],
    ['parked, by its last fact alone', [deferred('e', { deferral: 3 })], 'deferred'],
    [
      'parked in a replay',
      [received('e'), received('e', { replay }), deferred('e', { replay })],
      'deferred',
    ],
    [
      'returned in a replay while its first run is parked',
      [...parked, deferred('e', { replay }), received('e', { replay, deferral: 1 })],
      'deferred',
    ],
  ])('that was %s', (_, facts, status) => {
    expect(statusIn(tableOf(facts), 'e')).toBe(status);
  });

  /** The rule itself, run by run, over all facts at once. */
  function isParked(facts: readonly Fact[], id: string, runId: string | undefined): boolean {
    const highest = (type: Fact['type']) =>
      Math.max(
        0,
        ...facts
          .filter(
            (fact) => fact.eventId === id && fact.type === type && fact.replay?.runId === runId,
          )
          .map(({ deferral = 0 }) => deferral),
      );
    return highest('deferred') > highest('received');
  }

  const RUNS = [undefined, replay, { runId: 's', reason: 'test' }];
  const fact = fc
    .record({
      id: fc.constantFrom('a', 'b'),
      run: fc.constantFrom(...RUNS),
      deferral: fc.integer({ min: 1, max: 5 }),
      make: fc.constantFrom<(id: string, about: object) => Fact>(received, deferred),
    })
    .map(({ id, run, deferral, make }) => make(id, { deferral, ...(run ? { replay: run } : {}) }));

  it('depends neither on the order of its facts nor on their repetition', () => {
    const histories = fc.array(fact, { maxLength: 12 }).chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray([...facts, ...facts, ...facts], {
          minLength: 3 * facts.length,
          maxLength: 3 * facts.length,
        }),
      ),
    );
    fc.assert(
      fc.property(histories, ([facts, shuffled]) => {
        const table = tableOf(shuffled);
        for (const id of ['a', 'b']) {
          const any = RUNS.some((run) => isParked(facts, id, run?.runId));
          expect(statusIn(table, id)).toBe(any ? 'deferred' : 'pending');
        }
      }),
    );
  });

  it('knows when it was last due, beside when it was received', () => {
    const last = deferred('e', { deferral: 2, untilMs: NOON_MS + 90_000 });
    const table = tableOf([last, received('e'), deferred('e', { untilMs: NOON_MS + 1000 })]);
    const index = table.indexOf('e');
    expect([table.receivedMsAt(index), table.dueMsAt(index)]).toEqual([NOON_MS, NOON_MS + 90_000]);
  });
});

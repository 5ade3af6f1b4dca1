import { expect, it } from 'vitest';
import { systemClock as clock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import { rebuildStatus } from '../../../lib/status/rebuild.ts';
import { delivered, received } from '../../support/timed-facts.ts';

/** The facts of `count` delivered events, written to a table that answers as the test says. */
async function rebuild(count: number, outcomeOf: (eventId: string) => RowOutcome) {
  async function* facts(): AsyncGenerator<Fact[]> {
    for (let index = 0; index < count; index++)
      yield [received(`e${index}`), delivered(`e${index}`)];
    yield [{ ...received('timeless'), at: '1970-01-01T00:00:00.000Z' }];
  }
  const rows = new Set<string>();
  let largest = 0;
  const writer = {
    async write(of: readonly { eventId: string; type: string }[]) {
      largest = Math.max(largest, of.length);
      for (const { eventId, type } of of) rows.add(`${eventId} ${type}`);
      return of.map(({ eventId }) => outcomeOf(eventId));
    },
  };
  return { report: await rebuildStatus(facts(), { writer, clock }), rows, largest };
}

it('writes a row for every fact, a request’s worth at a time', async () => {
  const { report, rows, largest } = await rebuild(703, () => 'written');
  expect(rows.size).toBe(1406);
  expect(largest).toBe(100);
  expect(report).toMatchObject({ written: 1406, unsettled: 0, skipped: 1 });
});

it('counts what the table does not take, and goes on', async () => {
  const outcomes: Record<string, RowOutcome> = { e1: 'dropped', e2: 'superseded' };
  const { report } = await rebuild(4, (id) => outcomes[id] ?? 'written');
  expect(report).toMatchObject({ written: 4, dropped: 2, superseded: 2 });
});

it('ends where the table cannot be reached', async () => {
  const { report, rows } = await rebuild(5000, () => 'unsettled');
  expect(report).toMatchObject({ written: 0, unsettled: 400, skipped: 0 });
  expect(rows.size).toBe(400);
});

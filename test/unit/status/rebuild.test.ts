import { expect, it } from 'vitest';
import { systemClock as clock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import type { KeptFacts } from '../../../lib/status/project-batch.ts';
import { rebuildStatus } from '../../../lib/status/rebuild.ts';
import { InMemoryStatusTable } from '../../support/in-memory-status-table.ts';
import { createTestLog } from '../../support/test-log.ts';
import { delivered, received } from '../../support/timed-facts.ts';

/** The facts of `count` delivered events, written to a table that answers as the test says. */
async function rebuild(
  count: number,
  outcomeOf: (eventId: string) => RowOutcome,
  keeps: KeptFacts = 'all',
) {
  async function* facts(): AsyncGenerator<Fact[]> {
    for (let index = 0; index < count; index++)
      yield [received(`e${index}`), delivered(`e${index}`)];
    yield [{ ...received('timeless'), at: '1970-01-01T00:00:00.000Z' }];
  }
  const table = new InMemoryStatusTable(outcomeOf);
  const timestream = {
    rows: 0,
    write: async (rows: readonly object[]) => {
      timestream.rows += rows.length;
      return rows.map(() => 'written' as const);
    },
  };
  const services = { table, timestream, keeps, clock, log: createTestLog() };
  const report = await rebuildStatus(facts(), services);
  return { report, table, inTimestream: timestream.rows };
}

it('writes a row for every fact, a request’s worth at a time', async () => {
  const { report, table, inTimestream } = await rebuild(703, () => 'written');
  expect(table.rows).toHaveLength(1406);
  expect(inTimestream).toBe(1406);
  expect(table.writes.map(({ length }) => length)).toEqual([500, 500, 406]);
  expect(report).toMatchObject({ written: 1406, unsettled: 0, skipped: 1 });
});

it('counts what the table does not take, and goes on', async () => {
  const outcomes: Record<string, RowOutcome> = { e1: 'dropped', e2: 'superseded' };
  const { report } = await rebuild(4, (id) => outcomes[id] ?? 'written');
  expect(report).toMatchObject({ written: 4, dropped: 2, superseded: 2 });
});

it('ends where the table cannot be reached', async () => {
  const { report, table } = await rebuild(5000, () => 'unsettled');
  expect(report).toMatchObject({ written: 0, unsettled: 500, skipped: 0 });
  expect(table.writes).toHaveLength(1);
});

it('leaves out what the table does not keep', async () => {
  const { report, table } = await rebuild(3, () => 'written', 'problems');
  expect(report).toMatchObject({ written: 0, notKept: 6 });
  expect(table.rows).toEqual([]);
});

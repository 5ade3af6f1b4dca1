import { expect, it } from 'vitest';
import { systemClock as clock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import type { KeptFacts } from '../../../lib/status/project-batch.ts';
import { rebuildStatus } from '../../../lib/status/rebuild.ts';
import { InMemoryStatusTable } from '../../support/in-memory-status-table.ts';
import { createTestLog } from '../../support/test-log.ts';
import { delivered, received } from '../../support/timed-facts.ts';

interface Options {
  keeps?: KeptFacts;
  hasTable?: boolean;
  /** By the number of the write, from 1 on. */
  inTimestream?: (write: number) => RowOutcome;
}

/** The facts of `count` delivered events, written to a table that answers as the test says. */
async function rebuild(
  count: number,
  outcomeOf: (eventId: string) => RowOutcome,
  { keeps = 'all', hasTable = true, inTimestream = () => 'written' }: Options = {},
) {
  async function* facts(): AsyncGenerator<Fact[]> {
    for (let index = 0; index < count; index++)
      yield [received(`e${index}`), delivered(`e${index}`)];
    yield [{ ...received('timeless'), at: '1970-01-01T00:00:00.000Z' }];
  }
  const table = new InMemoryStatusTable(outcomeOf);
  const timestream = {
    rows: 0,
    writes: 0,
    write: async (rows: readonly object[]) => {
      timestream.writes += 1;
      const outcome = inTimestream(timestream.writes);
      if (outcome === 'written') timestream.rows += rows.length;
      return rows.map(() => outcome);
    },
  };
  const report = await rebuildStatus(facts(), {
    ...{ table: hasTable ? table : undefined, timestream, keeps, clock },
    log: createTestLog(),
  });
  return { report, table, timestream };
}

it('writes a row for every fact, a request’s worth at a time', async () => {
  const { report, table, timestream } = await rebuild(703, () => 'written');
  expect(table.rows).toHaveLength(1406);
  expect(timestream.rows).toBe(1406);
  expect(table.writes.map(({ length }) => length)).toEqual([500, 500, 406]);
  expect(report).toMatchObject({ written: 1406, unsettled: 0, skipped: 1, notInTimestream: 0 });
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
  const { report, table } = await rebuild(3, () => 'written', { keeps: 'problems' });
  expect(report).toMatchObject({ written: 0, notKept: 6 });
  expect(table.rows).toEqual([]);
});

it('goes on without Timestream once that takes nothing, and counts what is missing there', async () => {
  const inTimestream = (write: number) => (write === 1 ? 'written' : 'unsettled');
  const { report, table, timestream } = await rebuild(1000, () => 'written', { inTimestream });
  expect(table.rows).toHaveLength(2000);
  expect(timestream.writes).toBe(2);
  expect(report).toMatchObject({ written: 2000, unsettled: 0, notInTimestream: 1500 });
});

it('writes to Timestream where there is no status table', async () => {
  const { report, table, timestream } = await rebuild(3, () => 'written', { hasTable: false });
  expect(table.rows).toEqual([]);
  expect(timestream.rows).toBe(6);
  expect(report).toMatchObject({ written: 0, notKept: 0, notInTimestream: 0 });
});

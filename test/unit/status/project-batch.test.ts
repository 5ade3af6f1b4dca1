import { describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { RowOutcome, StatusWriter } from '../../../lib/ports.ts';
import { type KeptFacts, projectBatch } from '../../../lib/status/project-batch.ts';
import { InMemoryStatusTable } from '../../support/in-memory-status-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { deadLetteredFact, deliveredFact, receivedFact } from '../../support/sample-facts.ts';
import { createTestLog } from '../../support/test-log.ts';

function recordOf(sequenceNumber: string, data: Uint8Array): BatchRecord {
  return { sequenceNumber, partitionKey: 'k', data, arrivedAtMs: 0 };
}

/** Projects records, with the outcome of each event's row as the test says. */
async function project(
  records: BatchRecord[],
  outcomeOf: (eventId: string) => RowOutcome = () => 'written',
  {
    keeps = 'all',
    timestream,
    failure,
  }: { keeps?: KeptFacts; timestream?: StatusWriter; failure?: Error } = {},
) {
  const log = createTestLog();
  const clock = new ManualClock();
  const table = new InMemoryStatusTable(outcomeOf);
  table.failure = failure;
  const report = await projectBatch(
    { shardId: 'shard', records },
    { log, clock, status: { table, keeps }, timestream },
    clock.now() + 60_000,
  );
  const written = table.writes.flat().map(({ eventId }) => eventId);
  return { report, written, log, table };
}

const received = (eventId: string) => encodeFact(receivedFact({ eventId }));

describe('projectBatch', () => {
  it('writes a row for every fact, of any type', async () => {
    const delivered = encodeFact(deliveredFact({ eventId: 'b' }));
    const records = [recordOf('1', received('a')), recordOf('2', delivered)];
    const { report, written } = await project(records, () => 'written');
    expect(written).toEqual(['a', 'b']);
    expect(report).toMatchObject({ records: 2, written: 2, lowestUnsettled: undefined });
  });

  it('reports the lowest sequence number that is unsettled, as a number', async () => {
    const long = '49600000000000000000000000000000000000000000000000000002';
    const records = [
      recordOf('10', received('settled')),
      recordOf(long, received('late')),
      recordOf('9', received('early')),
    ];
    const { report } = await project(records, (id) => (id === 'settled' ? 'written' : 'unsettled'));
    expect(report).toMatchObject({ unsettled: 2, lowestUnsettled: '9' });
  });

  it('counts what is superseded or can never be written as settled', async () => {
    const records = [recordOf('1', received('old')), recordOf('2', received('late'))];
    const { report } = await project(records, (id) => (id === 'old' ? 'superseded' : 'dropped'));
    expect(report).toMatchObject({ superseded: 1, dropped: 1, lowestUnsettled: undefined });
  });

  it('keeps only facts of events that had a problem, where that is asked for', async () => {
    const records = [
      ...[receivedFact({ eventId: 'fine' }), deliveredFact({ eventId: 'fine' })],
      ...[receivedFact({ eventId: 'bad' }), deadLetteredFact({ eventId: 'bad' })],
      receivedFact({ eventId: 'back', deferral: 1 }),
      deliveredFact({ eventId: 'again', replay: { runId: 'r', reason: 'test' } }),
    ].map((fact, index) => recordOf(String(index), encodeFact(fact)));
    const { report, written } = await project(records, undefined, { keeps: 'problems' });
    expect(written).toEqual(['bad', 'back', 'again']);
    expect(report).toMatchObject({ records: 6, written: 3, notKept: 3, unsettled: 0 });
  });

  it('lists an event as open, and has it delivered again where that fails', async () => {
    const records = ['a', 'b'].map((id, index) =>
      recordOf(String(index), encodeFact(deadLetteredFact({ eventId: id }))),
    );
    const { report, table } = await project(records, (id) =>
      id === 'open a' ? 'unsettled' : 'written',
    );
    expect([...table.open.values()]).toMatchObject([{ eventId: 'b', state: 'deadLettered' }]);
    expect(report).toMatchObject({ written: 1, unsettled: 1, lowestUnsettled: '0' });
    const unread = await project(records, undefined, { failure: new Error('throttled') });
    expect(unread.report).toMatchObject({ unsettled: 2, lowestUnsettled: '0' });
    expect(unread.log.lines).toMatchObject(Array(2).fill({ level: 'warn', error: 'throttled' }));
  });

  it('is not held up by Timestream, and says what is missing there', async () => {
    const timestream: StatusWriter = {
      write: async (rows, untilMs) => {
        expect(untilMs).toBe(new ManualClock().now() + 5000);
        return rows.map(() => 'unsettled');
      },
    };
    const records = [recordOf('1', received('a'))];
    const { report, log } = await project(records, undefined, { timestream });
    expect(report).toMatchObject({ written: 1, notInTimestream: 1, lowestUnsettled: undefined });
    expect(log.lines).toMatchObject([{ level: 'warn', rows: 1 }]);
  });

  it('skips a record that is no fact, and says so', async () => {
    const records = [
      recordOf('1', Buffer.from('not JSON')),
      recordOf('2', received('e'.repeat(2049))),
      recordOf('3', received('a')),
    ];
    const { report, written, log } = await project(records, () => 'written');
    expect(written).toEqual(['a']);
    expect(report).toMatchObject({ records: 3, skipped: 2, lowestUnsettled: undefined });
    expect(log.lines).toMatchObject([
      { level: 'warn', sequenceNumber: '1', error: expect.stringContaining('not JSON') },
      { level: 'warn', sequenceNumber: '2', error: expect.stringContaining('2048') },
    ]);
  });
});

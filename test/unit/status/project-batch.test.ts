import { describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import { projectBatch } from '../../../lib/status/project-batch.ts';
import { deliveredFact, receivedFact } from '../../support/sample-facts.ts';
import { createTestLog } from '../../support/test-log.ts';

function recordOf(sequenceNumber: string, data: Uint8Array): BatchRecord {
  return { sequenceNumber, partitionKey: 'k', data, arrivedAtMs: 0 };
}

/** Projects records, with the outcome of each event's row as the test says. */
async function project(records: BatchRecord[], outcomeOf: (eventId: string) => RowOutcome) {
  const log = createTestLog();
  const written: string[] = [];
  const report = await projectBatch(
    { shardId: 'shard', records },
    {
      log,
      writer: {
        async write(rows) {
          written.push(...rows.map(({ eventId }) => eventId));
          return rows.map(({ eventId }) => outcomeOf(eventId));
        },
      },
    },
    1000,
  );
  return { report, written, log };
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

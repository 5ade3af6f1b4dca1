import {
  type BatchWriteItemCommandInput,
  type DynamoDBClient,
  ProvisionedThroughputExceededException,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoDbStatusTable } from '../../../lib/aws/dynamodb-status-table.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import { rowOf } from '../../../lib/status/rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { receivedFact } from '../../support/sample-facts.ts';
import { createTestLog } from '../../support/test-log.ts';

const idOf = ({ PutRequest }: WriteRequest) => PutRequest?.Item?.id?.S ?? '';

/** Writes the facts of events to a service that leaves out, or refuses, what the test says. */
async function write(
  ids: string[],
  answer: (ids: string[], call: number) => string[] | Error,
  { budgetMs = 60_000, errorsExpected = false } = {},
) {
  const clock = new ManualClock();
  const calls: string[][] = [];
  const client = {
    async send({ input }: { input: BatchWriteItemCommandInput }) {
      const requests = input.RequestItems?.events ?? [];
      const sent = requests.map(idOf);
      calls.push(sent);
      const left = answer(sent, calls.length);
      if (left instanceof Error) throw left;
      const events = requests.filter((request) => left.includes(idOf(request)));
      return { UnprocessedItems: events.length > 0 ? { events } : {} };
    },
  } as unknown as DynamoDBClient;
  const log = createTestLog({ errorsExpected });
  const table = createDynamoDbStatusTable({ client, tableName: 'events', days: 90, clock, log });
  const rows = ids.flatMap((eventId) => {
    const reading = rowOf(receivedFact({ eventId }));
    return reading.valid ? [reading.row] : [];
  });
  let outcomes: RowOutcome[] | undefined;
  const running = table.write(rows, clock.now() + budgetMs).then((result) => {
    outcomes = result;
  });
  while (!outcomes) await clock.advance(50);
  await running;
  return { outcomes, calls, log };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

describe('writing to DynamoDB', () => {
  it('sends at most 25 items a request, and none twice in one', async () => {
    const { calls, outcomes } = await write([...ids(60), 'e59'], () => []);
    expect(calls.map(({ length }) => length)).toEqual([25, 25, 10, 1]);
    expect(new Set(outcomes)).toEqual(new Set(['written']));
  });

  it('sends again what was left unprocessed, and only that', async () => {
    const { calls, outcomes, log } = await write(ids(5), (_, call) =>
      call < 3 ? ['e1', 'e4'] : [],
    );
    expect(calls).toEqual([ids(5), ['e1', 'e4'], ['e1', 'e4']]);
    expect(new Set(outcomes)).toEqual(new Set(['written']));
    expect(log.lines).toMatchObject(Array(2).fill({ level: 'warn', records: 2 }));
  });

  it('reports as unsettled what is still unprocessed when its time is over', async () => {
    const { outcomes } = await write(ids(3), () => ['e1'], { budgetMs: 3000 });
    expect(outcomes).toEqual(['written', 'unsettled', 'written']);
  });

  it('waits and tries again when it is throttled as a whole', async () => {
    const throttled = new ProvisionedThroughputExceededException({
      message: 'slow down',
      $metadata: {},
    });
    const { calls, outcomes } = await write(ids(2), (_, call) => (call < 4 ? throttled : []));
    expect(calls).toHaveLength(4);
    expect(outcomes).toEqual(['written', 'written']);
  });

  it('tries nothing more where the table is missing', async () => {
    const missing = Object.assign(new Error('no table'), { name: 'ResourceNotFoundException' });
    const { calls, outcomes } = await write(ids(200), () => missing);
    expect(calls.length).toBeLessThanOrEqual(4);
    expect(new Set(outcomes)).toEqual(new Set(['unsettled']));
  });

  it('isolates an item that is refused with its whole request', async () => {
    const refusal = Object.assign(new Error('bad'), { name: 'ValidationException' });
    const answer = (sent: string[]) => (sent.includes('e7') ? refusal : []);
    const { outcomes, log } = await write(ids(9), answer, { errorsExpected: true });
    expect(outcomes).toEqual(ids(9).map((id) => (id === 'e7' ? 'dropped' : 'written')));
    expect(log.lines).toMatchObject([{ level: 'error', eventId: 'e7' }]);
  });
});

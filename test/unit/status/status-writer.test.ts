import {
  RejectedRecordsException,
  ThrottlingException,
  type TimestreamWriteClient,
  ValidationException,
  type WriteRecordsCommandInput,
} from '@aws-sdk/client-timestream-write';
import { describe, expect, it } from 'vitest';
import { createTimestreamStatusWriter } from '../../../lib/aws/timestream-status-writer.ts';
import type { RowOutcome } from '../../../lib/ports.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { receivedFact } from '../../support/sample-facts.ts';
import { rowOfFact } from '../../support/status-rows.ts';
import { createTestLog } from '../../support/test-log.ts';

const rowsOf = (ids: string[]) => ids.map((eventId) => rowOfFact(receivedFact({ eventId })));

const meta = { message: 'as the test wants', $metadata: {} };

/** Writes rows to a service whose answers the test gives, `budgetMs` long. */
async function write(
  ids: string[],
  answer: (ids: string[], call: number) => Error | undefined,
  { budgetMs = 60_000, errorsExpected = false } = {},
) {
  const clock = new ManualClock();
  const log = createTestLog({ errorsExpected });
  const calls: string[][] = [];
  const client = {
    async send({ input }: { input: WriteRecordsCommandInput }) {
      const sent = (input.Records ?? []).map(({ Dimensions }) => Dimensions?.[0]?.Value ?? '');
      calls.push(sent);
      const error = answer(sent, calls.length);
      if (error) throw error;
    },
  } as unknown as TimestreamWriteClient;
  const writer = createTimestreamStatusWriter({
    ...{ client, database: 'd', table: 't', clock, log },
    backoff: { baseMs: 100, maxMs: 1000 },
  });
  let outcomes: RowOutcome[] | undefined;
  const untilMs = clock.now() + budgetMs;
  const running = writer.write(rowsOf(ids), untilMs).then((result) => {
    outcomes = result;
  });
  while (!outcomes) await clock.advance(50);
  await running;
  return { outcomes, calls, log, overMs: clock.now() - untilMs };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);
const throttled = () => new ThrottlingException({ ...meta, Message: 'slow down' });

describe('createTimestreamStatusWriter', () => {
  it('sends at most 100 records a call, and every one', async () => {
    const { calls, outcomes } = await write(ids(250), () => undefined);
    expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(calls.flat()).toEqual(ids(250));
    expect(new Set(outcomes)).toEqual(new Set(['written']));
  });

  it('does not send a fact twice in one call', async () => {
    const { calls, outcomes } = await write(['a', 'b', 'a'], () => undefined);
    expect(calls).toEqual([['a', 'b'], ['a']]);
    expect(outcomes).toEqual(['written', 'written', 'written']);
  });

  it('judges each rejection by itself and sends nothing again', async () => {
    const rejected = new RejectedRecordsException({
      ...meta,
      RejectedRecords: [
        { RecordIndex: 1, Reason: 'whatever it says', ExistingVersion: 7 },
        { RecordIndex: 2, Reason: 'The record timestamp is outside the time range [a, b).' },
        { RecordIndex: 3, Reason: 'A higher record version must be specified.' },
      ],
    });
    const { outcomes, calls, log } = await write(ids(5), () => rejected);
    expect(outcomes).toEqual(['written', 'superseded', 'dropped', 'superseded', 'written']);
    expect(calls).toHaveLength(1);
    expect(log.lines).toMatchObject(
      [{ level: 'warn', eventId: 'e2', error: /outside/ }].map(({ error, ...line }) => ({
        ...line,
        error: expect.stringMatching(error),
      })),
    );
  });

  it('waits and tries again when it is throttled', async () => {
    const { outcomes, calls } = await write(ids(3), (_, call) =>
      call < 4 ? throttled() : undefined,
    );
    expect(calls).toHaveLength(4);
    expect(outcomes).toEqual(['written', 'written', 'written']);
  });

  it('leaves the rest unsettled when its time is over', async () => {
    const { outcomes, overMs } = await write(
      ids(250),
      (sent) => (sent.includes('e0') ? undefined : throttled()),
      { budgetMs: 5000 },
    );
    expect(outcomes.slice(0, 100)).toEqual(Array(100).fill('written'));
    expect(outcomes.slice(100)).toEqual(Array(150).fill('unsettled'));
    expect(overMs).toBeLessThanOrEqual(0);
  });

  it('does not try again what only a person can mend', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    const { outcomes, calls } = await write(ids(150), () => denied);
    expect(calls).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['unsettled']));
  });

  it('isolates a record that the service refuses with its whole request', async () => {
    const refusal = new ValidationException({ ...meta, Message: 'bad' });
    const { outcomes, log } = await write(
      ids(9),
      (sent) => (sent.includes('e4') ? refusal : undefined),
      { errorsExpected: true },
    );
    expect(outcomes).toEqual(ids(9).map((id) => (id === 'e4' ? 'dropped' : 'written')));
    expect(log.lines).toMatchObject([{ level: 'error', eventId: 'e4' }]);
  });
});

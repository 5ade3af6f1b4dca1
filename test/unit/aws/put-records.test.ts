import type { KinesisClient } from '@aws-sdk/client-kinesis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKinesisJournal } from '../../../lib/aws/kinesis-journal.ts';
import {
  chunkEntries,
  MAX_RECORDS,
  MAX_REQUEST_BYTES,
} from '../../../lib/aws/put-records-chunks.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

describe('chunkEntries', () => {
  it('respects both limits of a request, keeps the order and loses nothing', () => {
    const entry = fc.record({
      PartitionKey: fc.constant('key'),
      Data: fc
        .integer({ min: 1, max: 1_000_000 })
        .map((size) => ({ byteLength: size }) as Uint8Array),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 1200 }), (entries) => {
        const chunks = chunkEntries(entries);
        expect(chunks.flat()).toEqual(entries);
        for (const chunk of chunks) {
          const bytes = chunk.reduce((sum, { Data }) => sum + Data.byteLength + 3, 0);
          expect(chunk.length).toBeLessThanOrEqual(MAX_RECORDS);
          expect(bytes).toBeLessThanOrEqual(MAX_REQUEST_BYTES);
        }
      }),
      { numRuns: 30 },
    );
  });
});

interface Command {
  input: { Records: { PartitionKey: string }[] };
}

/** A Kinesis client whose answers the test gives; only `send` is ever called. */
function clientOf(send: (command: Command) => Promise<unknown>): KinesisClient {
  return { send } as unknown as KinesisClient;
}

function factsOf(count: number): Fact[] {
  return Array.from({ length: count }, (_, index) => ({
    v: 1,
    type: 'received',
    eventId: `e${index}`,
    at: '2026-01-01T00:00:00.000Z',
    traceId: 'e'.repeat(32),
    payload: {},
  }));
}

async function appendAll(facts: Fact[], send: (command: Command) => Promise<unknown>) {
  const clock = new ManualClock();
  const log = createTestLog();
  const journal = createKinesisJournal({
    client: clientOf(send),
    streamName: 's',
    clock,
    log,
    rounds: 4,
  });
  let left: Fact[] | undefined;
  const running = journal.appendAll(facts).then((facts) => {
    left = facts;
  });
  while (!left) await clock.advance(1000);
  await running;
  return left.map(({ eventId }) => eventId);
}

describe('appendAll', () => {
  it('sends again only what a 200 answer refused', async () => {
    const requests: string[][] = [];
    const left = await appendAll(factsOf(4), async ({ input }) => {
      const keys = input.Records.map(({ PartitionKey }) => PartitionKey);
      requests.push(keys);
      const Records = keys.map((key) =>
        key === 'e2' && requests.length < 3
          ? { ErrorCode: 'ProvisionedThroughputExceededException' }
          : {},
      );
      return { FailedRecordCount: Records.filter(({ ErrorCode }) => ErrorCode).length, Records };
    });
    expect(left).toEqual([]);
    expect(requests).toEqual([['e0', 'e1', 'e2', 'e3'], ['e2'], ['e2']]);
  });

  it('tries a request again that fails as a whole', async () => {
    let calls = 0;
    const left = await appendAll(factsOf(600), async () => {
      calls += 1;
      if (calls === 1) throw new Error('reset');
      return { FailedRecordCount: 0, Records: [] };
    });
    expect(left).toEqual([]);
    expect(calls).toBe(3);
  });

  it('does not let one record that is refused for good keep the others out', async () => {
    const appended = new Set<string>();
    const left = await appendAll(factsOf(50), async ({ input }) => {
      const keys = input.Records.map(({ PartitionKey }) => PartitionKey);
      if (keys.includes('e33'))
        throw Object.assign(new Error('too large'), { name: 'ValidationException' });
      for (const key of keys) appended.add(key);
      return { FailedRecordCount: 0, Records: [] };
    });
    expect(left).toEqual(['e33']);
    expect(appended.size).toBe(49);
  });

  it('answers what the stream does not take in the end', async () => {
    const left = await appendAll(factsOf(2), async ({ input }) => ({
      FailedRecordCount: 1,
      Records: input.Records.map(({ PartitionKey }) =>
        PartitionKey === 'e1' ? { ErrorCode: 'X' } : {},
      ),
    }));
    expect(left).toEqual(['e1']);
  });
});

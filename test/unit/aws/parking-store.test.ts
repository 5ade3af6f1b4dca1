import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createS3ParkingStore } from '../../../lib/aws/s3-parking-store.ts';
import { SpillUnavailableError } from '../../../lib/errors.ts';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import { behindKey, parkedKey } from '../../../lib/recover/spill-key.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { receivedFact } from '../../support/sample-facts.ts';
import { createTestLog } from '../../support/test-log.ts';

const DUE_MS = Date.UTC(2026, 0, 2);

/** A bucket whose first `failures` calls fail. */
function lab({ failures = 0 } = {}) {
  const puts: { key: string | undefined; body: unknown }[] = [];
  let calls = 0;
  const client = {
    async send({ input }: PutObjectCommand) {
      calls += 1;
      if (calls <= failures) throw new Error('503 Slow Down');
      puts.push({ key: input.Key, body: input.Body });
    },
  } as unknown as S3Client;
  const clock = new ManualClock();
  const log = createTestLog();
  const store = createS3ParkingStore({ client, bucket: 'spill', clock, log });
  return { store, puts, clock, log, calls: () => calls };
}

const fact = receivedFact({
  ...{ eventId: 'e', mayRepeat: true, deferral: 1, failedAttempts: 3 },
  payload: new VerbatimPayload('{"id":"e","n":1.50}'),
});

describe('park', () => {
  it('puts the fact under the key of its delivery and due time', async () => {
    const { store, puts } = lab();
    await store.park(fact, DUE_MS);
    await store.park(fact, DUE_MS);
    const put = { key: parkedKey(fact, DUE_MS), body: encodeFact(fact) };
    expect(puts).toEqual([put, put]);
  });

  it('makes a second attempt, and then says that it failed', async () => {
    const once = lab({ failures: 1 });
    await once.store.park(fact, DUE_MS);
    expect(once.puts).toHaveLength(1);
    const down = lab({ failures: 9 });
    await expect(down.store.park(fact, DUE_MS)).rejects.toThrow(SpillUnavailableError);
    expect(down.calls()).toBe(2);
  });
});

describe('noteBehind', () => {
  it('puts one object a shard, at most every 30 s', async () => {
    const { store, puts, clock } = lab();
    const notes = () => puts.map(({ key }) => key);
    await store.noteBehind('shardId-0');
    await store.noteBehind('shardId-1');
    await clock.advance(29_999);
    await store.noteBehind('shardId-0');
    expect(notes()).toEqual([behindKey('shardId-0'), behindKey('shardId-1')]);
    await clock.advance(1);
    await store.noteBehind('shardId-0');
    expect(notes()).toHaveLength(3);
  });

  it('never rejects: what fails is logged, and tried again 30 s later', async () => {
    const { store, puts, clock, log } = lab({ failures: 2 });
    await store.noteBehind('shardId-0');
    expect(log.lines).toMatchObject([{ level: 'warn', shardId: 'shardId-0' }]);
    await clock.advance(30_000);
    await store.noteBehind('shardId-0');
    expect(puts).toHaveLength(1);
  });
});

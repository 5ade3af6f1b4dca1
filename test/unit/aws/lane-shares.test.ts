import { describe, expect, it } from 'vitest';
import { createLaneShares } from '../../../lib/aws/kinesis-lane-shares.ts';
import type { Shard } from '../../../lib/ports.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const shard = (shardId: string, closed = false): Shard => ({ shardId, parentShardIds: [], closed });

function setUp(listings: (Shard[] | Error)[], parallelizationFactor = 1) {
  const clock = new ManualClock();
  let calls = 0;
  const reader = {
    listShards: async () => {
      const listing = listings[Math.min(calls++, listings.length - 1)];
      if (listing instanceof Error) throw listing;
      return listing ?? [];
    },
  };
  const options = { reader, parallelizationFactor, clock, log: createTestLog() };
  return { clock, shares: createLaneShares(options), calls: () => calls };
}

describe('the lanes’ shares', () => {
  it('are even over the open shards, each with its turn', async () => {
    const { shares } = setUp([[shard('b'), shard('c', true), shard('a')]], 2);
    expect(await shares.of('a')).toEqual({ lanes: 4, phase: 0 });
    expect(await shares.of('b')).toEqual({ lanes: 4, phase: 0.5 });
  });

  it('are one lane’s for a shard that is being drained', async () => {
    const { shares } = setUp([[shard('a'), shard('b'), shard('c', true)]]);
    expect(await shares.of('c')).toEqual({ lanes: 2, phase: 0 });
  });

  it('are one lane’s alone where there is one shard: it need not take turns', async () => {
    expect(await setUp([[shard('a')]]).shares.of('a')).toEqual({ lanes: 1, phase: undefined });
  });

  it('follow the stream, without asking it at every batch', async () => {
    const { clock, shares, calls } = setUp([[shard('a')], [shard('b'), shard('c')]]);
    await shares.of('a');
    expect((await shares.of('a')).lanes).toBe(1);
    expect(calls()).toBe(1);
    await clock.advance(60_000);
    expect((await shares.of('b')).lanes).toBe(2);
  });

  it('stay as they were when the stream cannot be asked, but a first one is never guessed', async () => {
    const { clock, shares } = setUp([[shard('a'), shard('b')], new Error('throttled')]);
    await shares.of('a');
    await clock.advance(60_000);
    expect((await shares.of('a')).lanes).toBe(2);
    await expect(setUp([new Error('throttled')]).shares.of('a')).rejects.toThrow('throttled');
  });
});

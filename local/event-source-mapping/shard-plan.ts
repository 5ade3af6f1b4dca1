import type { Shard } from '../../lib/ports.ts';

export type ShardStatus = 'waiting' | 'reading' | 'finished';

/**
 * The shards to start now: those waiting whose parents are finished. A parent that is not listed
 * (any more) is past retention and holds nothing back.
 */
export function startableShards(
  shards: readonly Shard[],
  statusOf: (shardId: string) => ShardStatus,
): Shard[] {
  const listed = new Set(shards.map((shard) => shard.shardId));
  return shards.filter(
    (shard) =>
      statusOf(shard.shardId) === 'waiting' &&
      shard.parentShardIds.every((id) => !listed.has(id) || statusOf(id) === 'finished'),
  );
}

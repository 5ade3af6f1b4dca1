import type { Clock } from '../../lib/ports.ts';
import type { Checkpoint, CheckpointStore, FixedPosition } from './checkpoint.ts';
import type { StartingPosition } from './settings.ts';

/** Under this name the store remembers that the mapping has been created, and where it began. */
const creationKey = '$created';

/**
 * Finds where each shard is to be read from, and makes sure that the answer survives a restart.
 *
 * At the first start all listed shards get the starting position, saved before anything is read;
 * `LATEST` is saved as the time of that start, so that no event after it is lost however soon the process
 * restarts. A shard that appears later was born of a split or a merge and is read from its beginning.
 */
export async function createShardPositions(
  store: CheckpointStore,
  starting: StartingPosition,
  clock: Clock,
): Promise<ShardPositions> {
  const created = await store.load(creationKey);
  const initial: Checkpoint = { state: 'reading', position: fixedPosition(starting, clock.now()) };
  let creating = created === undefined;
  return {
    async checkpointsOf(shardIds) {
      const found = new Map<string, Checkpoint>();
      for (const shardId of shardIds) {
        const saved = await store.load(shardId);
        if (!saved && creating) await store.save(shardId, initial);
        found.set(shardId, saved ?? (creating ? initial : fromBeginning));
      }
      if (creating) await store.save(creationKey, initial);
      creating = false;
      return found;
    },
  };
}

export interface ShardPositions {
  /** The checkpoint of each shard; the first call ever must name all shards there are. */
  checkpointsOf(shardIds: readonly string[]): Promise<Map<string, Checkpoint>>;
}

const fromBeginning: Checkpoint = { state: 'reading', position: { type: 'TRIM_HORIZON' } };

function fixedPosition(starting: StartingPosition, nowMs: number): FixedPosition {
  return starting.type === 'LATEST' ? { type: 'AT_TIMESTAMP', timestampMs: nowMs } : starting;
}

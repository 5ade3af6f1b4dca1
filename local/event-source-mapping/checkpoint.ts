import type { StreamPosition } from '../../lib/ports.ts';

/** A position that still means the same tomorrow; `LATEST` does not. */
export type FixedPosition = Exclude<StreamPosition, { type: 'LATEST' }>;

/** How far a shard is settled: everything up to `position` is; or all of a closed shard is. */
export type Checkpoint = { state: 'reading'; position: FixedPosition } | { state: 'finished' };

/** Keeps checkpoints over a restart. */
export interface CheckpointStore {
  /** Undefined for a shard that was never saved. Rejects when what was saved cannot be read. */
  load(shardId: string): Promise<Checkpoint | undefined>;
  save(shardId: string, checkpoint: Checkpoint): Promise<void>;
}

/** Forgets when the process ends. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const checkpoints = new Map<string, Checkpoint>();
  return {
    load: async (shardId) => checkpoints.get(shardId),
    save: async (shardId, checkpoint) => {
      checkpoints.set(shardId, checkpoint);
    },
  };
}

import type { Checkpoint, CheckpointStore } from '../../local/event-source-mapping/checkpoint.ts';

/** A checkpoint store that forgets when the process ends. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const checkpoints = new Map<string, Checkpoint>();
  return {
    load: async (shardId) => checkpoints.get(shardId),
    save: async (shardId, checkpoint) => {
      checkpoints.set(shardId, checkpoint);
    },
  };
}

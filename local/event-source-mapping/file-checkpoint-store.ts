import * as v from 'valibot';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint-file.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';

const positionSchema = v.variant('type', [
  v.object({ type: v.literal('TRIM_HORIZON') }),
  v.object({ type: v.literal('AT_TIMESTAMP'), timestampMs: v.number() }),
  v.object({
    type: v.literal('AFTER_SEQUENCE_NUMBER'),
    sequenceNumber: v.pipe(v.string(), v.digits()),
  }),
]);

const fileSchema = v.record(
  v.string(),
  v.variant('state', [
    v.object({ state: v.literal('reading'), position: positionSchema }),
    v.object({ state: v.literal('finished') }),
  ]),
);

/**
 * Keeps one mapping's checkpoints in one JSON file, which this store alone may write.
 *
 * A save resolves once the file holds it; the file is replaced by renaming, so it is whole at any time.
 * Saves made while one is written share the next write. A missing file is an empty store; a
 * damaged one rejects with an error that names it.
 */
export function createFileCheckpointStore(path: string): CheckpointStore {
  let loading: Promise<Map<string, Checkpoint>> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  const load = () => {
    loading ??= readCheckpoints(path).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    load: async (shardId) => (await load()).get(shardId),
    async save(shardId, checkpoint) {
      const checkpoints = await load();
      checkpoints.set(shardId, checkpoint);
      queued ??= writing.then(() => {
        queued = undefined;
        const written = writeCheckpointFile(path, Object.fromEntries(checkpoints));
        writing = written.catch(() => undefined);
        return written;
      });
      await queued;
    },
  };
}

async function readCheckpoints(path: string): Promise<Map<string, Checkpoint>> {
  const saved = await readCheckpointFile(path, fileSchema, 'start over from the starting position');
  return new Map(Object.entries(saved));
}

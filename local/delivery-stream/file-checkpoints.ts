import * as v from 'valibot';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint-file.ts';
import { type DeliveryCheckpoints, SHARD_END } from './checkpoints.ts';

const fileSchema = v.record(
  v.string(),
  v.union([v.literal(SHARD_END), v.pipe(v.string(), v.digits())]),
);

/**
 * Keeps one delivery stream's checkpoints in one JSON file, which is replaced by renaming and so is whole at any
 * time. A missing file holds none; a damaged one rejects with an error that names it.
 */
export function createFileCheckpoints(path: string): DeliveryCheckpoints {
  let known: Record<string, string> | undefined;
  const readOnce = async () => {
    known ??= await readCheckpointFile(path, fileSchema, 'deliver the stream again from its start');
    return known;
  };
  return {
    load: async (shardId) => (await readOnce())[shardId],
    async save(positions) {
      const merged = { ...(await readOnce()), ...positions };
      await writeCheckpointFile(path, merged);
      known = merged;
    },
  };
}

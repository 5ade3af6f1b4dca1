import * as v from 'valibot';
import { readCheckpointFile, writeCheckpointFile } from '../checkpoint-file.ts';

/** The checkpoint of a closed shard that was delivered to its end; the word is the Kinesis Client Library's. */
export const SHARD_END = 'SHARD_END';

/** How far each shard has been delivered. */
export interface DeliveryCheckpoints {
  /** The last delivered sequence number, `SHARD_END`, or nothing for a shard never delivered from. */
  load(shardId: string): Promise<string | undefined>;
  /** Once it resolves, a restart finds all of `positions`; other shards keep theirs. */
  save(positions: Record<string, string>): Promise<void>;
}

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

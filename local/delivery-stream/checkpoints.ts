import * as v from 'valibot';
import { openCheckpointFile } from '../checkpoint-file.ts';

/** The checkpoint of a closed shard that was delivered to its end; the word is the Kinesis Client Library's. */
export const SHARD_END = 'SHARD_END';

/** The position up to which each shard has been delivered. */
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

/** Keeps one delivery stream's checkpoints in one JSON file. */
export function createFileCheckpoints(path: string): DeliveryCheckpoints {
  const file = openCheckpointFile(path, fileSchema, 'deliver the stream again from its start');
  return {
    load: async (shardId) => (await file.load())[shardId],
    save: (positions) => file.save(positions),
  };
}

/** The checkpoint of a closed shard that was delivered to its end; the word is the Kinesis Client Library's. */
export const SHARD_END = 'SHARD_END';

/** How far each shard has been delivered. */
export interface DeliveryCheckpoints {
  /** The last delivered sequence number, `SHARD_END`, or nothing for a shard never delivered from. */
  load(shardId: string): Promise<string | undefined>;
  /** Once it resolves, a restart finds all of `positions`; other shards keep theirs. */
  save(positions: Record<string, string>): Promise<void>;
}

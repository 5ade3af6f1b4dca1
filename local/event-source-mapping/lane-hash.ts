import { createHash } from 'node:crypto';

/**
 * The lane, from 0, that takes a partition key: always the same one, so order holds per key [DOC].
 * Which hash AWS uses is undocumented. The shard already owns a range of the MD5's first bytes, so
 * the last four are taken: they stay evenly spread however far the stream has been split.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  return createHash('md5').update(partitionKey).digest().readUInt32BE(12) % lanes;
}

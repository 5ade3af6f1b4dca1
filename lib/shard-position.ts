import type { SendNote, ShardPosition } from './ports.ts';

/**
 * A note that is this much older than the newest one does not count. Lambda tries a batch again within minutes, so it gave these records up.
 */
const FORSAKEN_MS = 3_600_000;

/**
 * The position of a shard from the notes of its invocations. Two lanes work on a shard, and a note does not say of which it is: the lowest place
 * counts. Notes of batches that are done stay for 25 s, so the position lags by about that. Pure.
 */
export function positionOf(shardId: string, notes: Iterable<SendNote>): ShardPosition {
  const all = [...notes];
  const newestMs = Math.max(0, ...all.map(({ atMs }) => atMs));
  let lowest: { through: bigint; arrivedAtMs: number } | undefined;
  for (const { place, isDone, atMs } of all) {
    if (!place || newestMs - atMs > FORSAKEN_MS) continue;
    const through = BigInt(place.sequenceNumber) - (isDone ? 0n : 1n);
    if (!lowest || through < lowest.through) lowest = { through, arrivedAtMs: place.arrivedAtMs };
  }
  return {
    shardId,
    settledThrough: lowest?.through.toString(),
    arrivedAtMs: lowest?.arrivedAtMs,
  };
}

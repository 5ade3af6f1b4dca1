/** Between two batches of a busy shard lies less than this; a crash and what follows it takes longer. */
const CONTINUOUS_MS = 2000;

/**
 * Whether an environment that has crashed may have sent a record: Lambda does not say which delivery this is. It may have, when
 * this environment has not served the shard yet; and, when it has not served it for a while, if the record has been
 * waiting for as long. Pure.
 *
 * @param lastEndedAtMs when this environment ended its last batch of the shard
 */
export function mayHaveBeenSent(
  arrivedAtMs: number,
  nowMs: number,
  lastEndedAtMs: number | undefined,
): boolean {
  if (lastEndedAtMs === undefined) return true;
  return nowMs - lastEndedAtMs > CONTINUOUS_MS && nowMs - arrivedAtMs > CONTINUOUS_MS;
}

/** What a batch takes of the function's time when the target is healthy; the rest is for retries and slow answers. */
const HEALTHY_SHARE = 0.1;

/** An event source mapping takes 1 to 10,000 records a batch. */
const MAX_BATCH_SIZE = 10_000;

/**
 * How many records a batch has, so that a healthy target finishes one well inside the function's timeout at the lane's
 * share of the rate. Large enough that the pause between two batches hardly costs rate; small enough that a
 * redelivery repeats little. Pure.
 */
export function batchSizeFor(of: {
  ratePerSecond: number;
  lanes: number;
  timeoutSeconds: number;
}): number {
  const laneRate = of.ratePerSecond / of.lanes;
  const records = Math.floor(laneRate * of.timeoutSeconds * HEALTHY_SHARE);
  return Math.max(1, Math.min(MAX_BATCH_SIZE, records));
}

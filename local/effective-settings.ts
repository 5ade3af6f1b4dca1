import type { PipelineSettings } from '../lib/settings.ts';
import { limitOfRate, ratePerSecondOf } from '../lib/target-limit.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** The shared settings with what the flags change, and a batch size to match. Pure. */
export function effectiveSettings(
  shared: PipelineSettings,
  options: Pick<PipelineOptions, 'ratePerSecond' | 'shards' | 'archiveSeconds' | 'isAwsLike'>,
  openShards = options.shards ?? shared.shard_count,
): PipelineSettings {
  const { ratePerSecond } = options;
  const limit = ratePerSecond === undefined ? shared.target_limit : limitOfRate(ratePerSecond);
  return {
    ...shared,
    target_limit: limit,
    shard_count: openShards,
    // The environments of such a run differ by up to 2 ms from the machine, each way.
    ...(options.isAwsLike ? { clock_skew_ms: 4 } : {}),
    // On AWS a minute's facts make fewer, larger objects; on one machine somebody is waiting to see them.
    archive_buffer_seconds: options.archiveSeconds ?? 10,
    dispatch_batch_size: batchSizeFor({
      ratePerSecond: ratePerSecondOf(limit),
      lanes: openShards * shared.dispatch_parallelization_factor,
      timeoutSeconds: shared.dispatch_timeout_seconds,
    }),
  };
}

/** Share of the function's time that a batch takes when the target is healthy; the rest is for retries and slow answers. */
const HEALTHY_SHARE = 0.1;

/** An event source mapping takes 1 to 10,000 records a batch. */
const MAX_BATCH_SIZE = 10_000;

/**
 * Returns the number of records of a batch, so that a healthy target finishes one well inside the function's timeout at the lane's
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

import type { PipelineSettings } from '../lib/settings.ts';
import { limitOfRate, ratePerSecondOf } from '../lib/target-limit.ts';
import { batchSizeFor } from './batch-size.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** The shared settings with what the flags change, and a batch size to match. Pure. */
export function effectiveSettings(
  shared: PipelineSettings,
  options: Pick<PipelineOptions, 'ratePerSecond' | 'shards' | 'archiveSeconds'>,
  openShards = options.shards ?? shared.shard_count,
): PipelineSettings {
  const { ratePerSecond } = options;
  const limit = ratePerSecond === undefined ? shared.target_limit : limitOfRate(ratePerSecond);
  return {
    ...shared,
    target_limit: limit,
    shard_count: openShards,
    // On AWS a minute's facts make fewer, larger objects; on one machine somebody is waiting to see them.
    archive_buffer_seconds: options.archiveSeconds ?? 10,
    dispatch_batch_size: batchSizeFor({
      ratePerSecond: ratePerSecondOf(limit),
      lanes: openShards * shared.dispatch_parallelization_factor,
      timeoutSeconds: shared.dispatch_timeout_seconds,
    }),
  };
}

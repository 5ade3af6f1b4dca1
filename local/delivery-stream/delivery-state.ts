import type { ShardState } from './shard-set.ts';

/** What a delivery stream is doing; the counts begin with its start. */
export interface DeliveryState {
  running: boolean;
  /** Read, but not yet in the store. */
  bufferedRecords: number;
  /** Uncompressed. */
  bufferedBytes: number;
  /** Age of the oldest buffered record, as Firehose's metric `DeliveryToS3.DataFreshness`; 0 without one. */
  dataFreshnessMs: number;
  deliveredObjects: number;
  deliveredRecords: number;
  /** Attempts that the store refused. */
  putFailures: number;
  shards: ShardState[];
}

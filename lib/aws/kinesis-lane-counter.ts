import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, LaneCounter } from '../ports.ts';

export interface KinesisLaneCounterOptions {
  client: KinesisClient;
  streamName: string;
  parallelizationFactor: number;
  clock: Clock;
  log: Log;
  /** How long a count is used before the stream is asked again, in milliseconds. Default 60,000. */
  refreshMs?: number;
}

/** Counts the lanes from the stream's open shards, so that resharding needs no deployment. */
export function createKinesisLaneCounter(options: KinesisLaneCounterOptions): LaneCounter {
  const { client, streamName, parallelizationFactor, clock, log, refreshMs = 60_000 } = options;
  let known: { lanes: number; atMs: number } | undefined;

  async function ask(): Promise<number> {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: streamName }));
    const shards = answer.StreamDescriptionSummary?.OpenShardCount ?? 1;
    return Math.max(1, shards) * parallelizationFactor;
  }

  return {
    async count() {
      if (known && clock.now() - known.atMs < refreshMs) return known.lanes;
      try {
        known = { lanes: await ask(), atMs: clock.now() };
      } catch (error) {
        // Without any known count the caller must fail: guessing one lane could exceed the target's rate.
        if (!known) throw error;
        log.warn('The shard count could not be read; the last one stays in use', {
          stream: streamName,
          lanes: known.lanes,
          error: messageOf(error),
        });
        known = { lanes: known.lanes, atMs: clock.now() };
      }
      return known.lanes;
    },
  };
}

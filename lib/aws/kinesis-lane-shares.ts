import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, LaneShare, LaneShares, StreamReader } from '../ports.ts';

export interface LaneSharesOptions {
  reader: Pick<StreamReader, 'listShards'>;
  parallelizationFactor: number;
  clock: Clock;
  log: Log;
  /** How long a listing is used before the stream is asked again, in milliseconds. Default 60,000. */
  refreshMs?: number;
}

/** Shares the rate among the lanes of the stream's open shards, so that resharding needs no deployment. */
export function createLaneShares(options: LaneSharesOptions): LaneShares {
  const { reader, parallelizationFactor, clock, log, refreshMs = 60_000 } = options;
  let known: { openShards: string[]; atMs: number } | undefined;

  async function openShards(): Promise<string[]> {
    if (known && clock.now() - known.atMs < refreshMs) return known.openShards;
    try {
      const shards = await reader.listShards();
      const open = shards.filter(({ closed }) => !closed).map(({ shardId }) => shardId);
      known = { openShards: open.sort(), atMs: clock.now() };
    } catch (error) {
      // Without any known listing the caller must fail: guessing one lane could exceed the target's rate.
      if (!known) throw error;
      log.warn('The shards could not be listed; the last listing stays in use', {
        shards: known.openShards.length,
        error: messageOf(error),
      });
      known = { openShards: known.openShards, atMs: clock.now() };
    }
    return known.openShards;
  }

  return {
    async of(shardId) {
      const open = await openShards();
      return shareOf(open, shardId, parallelizationFactor);
    },
  };
}

/** Which lane of its shard an environment serves is unknown above a factor of 1: those take their turn at the same phase. */
function shareOf(open: string[], shardId: string | undefined, factor: number): LaneShare {
  const shards = Math.max(1, open.length);
  const index = Math.max(0, open.indexOf(shardId ?? ''));
  return { lanes: shards * factor, phase: shards > 1 ? index / shards : undefined };
}

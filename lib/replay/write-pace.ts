/** What one shard takes in a second (Kinesis quotas), of which a little is left to others. */
const SHARD_RECORDS_PER_SECOND = 1000;
const SHARD_BYTES_PER_SECOND = 1024 * 1024;
const USED_SHARE = 0.98;

/** Facts are appended in groups that are this long apart: a larger one would be a burst that live events have to wait for. */
const GROUP_SECONDS = 0.05;
const MAX_GROUP = 500;

/** Lateness beyond this is not caught up with: it would be a burst. */
const CATCH_UP_MS = 500;

/** A target that is busier than this makes every event wait for the one before it. */
const BUSY_SHARE = 0.87;

/** So much of its share a replay keeps, however busy live events are: it must come to an end. */
const LEAST_PART = 0.25;

/** Dispatch is behind: the journal is looked at every second, so that less than this may be our own view. */
const BEHIND_MS = 2000;

/** What there is of live events now. */
interface LiveLoad {
  /** Events per second that come in. */
  ratePerSecond: number;
  /** How far dispatch is behind, in milliseconds. */
  lagMs: number;
}

/** Calls to the target that a replayed event costs: a lookup and a creation, or the creation alone. Lookups are rarely grouped at a replay's pace. Pure. */
export const callsPerEvent = (intoEmptyTarget: boolean): number => (intoEmptyTarget ? 1 : 2);

/**
 * What a replay may use now of its share, in events per second: live events and the replay together leave the target a little room,
 * for at its very limit the time that events wait multiplies; and what has piled up, as it does when the target throttles a call, comes
 * first. Pure.
 */
export function rateBesideLive(
  shareRate: number,
  target: { ratePerSecond: number; callsPerEvent: number },
  live: LiveLoad,
): number {
  const calls = BUSY_SHARE * target.ratePerSecond - live.ratePerSecond;
  const room = live.lagMs > BEHIND_MS ? 0 : calls / target.callsPerEvent;
  return Math.max(LEAST_PART * shareRate, Math.min(shareRate, room));
}

/** How fast facts may be appended. */
export interface PaceLimits {
  /** Events per second. */
  ratePerSecond: number;
  openShards: number;
}

/** The rate that is really possible: the stream has its own limit. Pure. */
export function possibleRate({ ratePerSecond, openShards }: PaceLimits): number {
  return Math.min(ratePerSecond, openShards * SHARD_RECORDS_PER_SECOND * USED_SHARE);
}

/** How many facts are appended together. Pure. */
export function groupSize(limits: PaceLimits): number {
  return Math.max(1, Math.min(MAX_GROUP, Math.round(possibleRate(limits) * GROUP_SECONDS)));
}

/** Books the times at which groups may be appended, so that neither the rate nor the stream's limits are exceeded. */
export class WritePace {
  readonly #rate: number;
  readonly #bytesPerSecond: number;
  #nextAtMs = 0;

  constructor(limits: PaceLimits) {
    this.#rate = possibleRate(limits);
    this.#bytesPerSecond = limits.openShards * SHARD_BYTES_PER_SECOND * USED_SHARE;
  }

  /**
   * When a group of so many facts and bytes may be appended, in milliseconds since the epoch; the next one follows at `rateNow`
   * events per second, or at the rate of the limits if that is lower.
   */
  book(
    { facts, bytes }: { facts: number; bytes: number },
    nowMs: number,
    rateNow = Number.POSITIVE_INFINITY,
  ): number {
    const atMs = Math.max(this.#nextAtMs, nowMs - CATCH_UP_MS);
    const seconds = Math.max(facts / Math.min(this.#rate, rateNow), bytes / this.#bytesPerSecond);
    this.#nextAtMs = atMs + seconds * 1000;
    return atMs;
  }
}

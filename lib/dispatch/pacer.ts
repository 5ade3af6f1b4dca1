import Bottleneck from 'bottleneck';
import type { Clock } from '../ports.ts';

/** Grants the starts of a lane's calls, at most at the lane's rate. */
export interface Pacer {
  /** Resolves when one call may start, at once after this. */
  slot(): Promise<void>;
  setRate(ratePerSecond: number): void;
  /** No call may start for this long: the target said `Retry-After`. */
  pauseFor(ms: number): void;
  /** Until when no call may start, in milliseconds since the epoch. */
  readonly pausedUntilMs: number;
}

/**
 * Share of the rate that is used: at 1.00 timer jitter puts some calls of an exact sliding window over its limit,
 * at 0.99 (measured) none.
 */
const MARGIN = 0.99;

/** Timers tick in milliseconds and a late one is not caught up, so a slot is never shorter than this. */
const MIN_SLOT_MS = 8;

/** How a rate is cut into slots: `starts` calls may start together every `slotMs`. Pure. */
export function slotsOf(ratePerSecond: number): { slotMs: number; starts: number } {
  const pacedRate = ratePerSecond * MARGIN;
  const starts = Math.max(1, Math.ceil((pacedRate * MIN_SLOT_MS) / 1000));
  return { slotMs: (starts * 1000) / pacedRate, starts };
}

/**
 * A pacer on Bottleneck's `minTime`. Every call takes a slot, retries included: a retry made inside Bottleneck's own
 * `failed` handler would not be paced, and a reservoir would let a refill's worth start at once.
 */
export function createPacer(ratePerSecond: number, clock: Clock): Pacer {
  let slots = slotsOf(ratePerSecond);
  const limiter = new Bottleneck({ maxConcurrent: 1, minTime: slots.slotMs });
  let granted = { atMs: 0, left: 0 };
  let pausedUntilMs = 0;

  return {
    get pausedUntilMs() {
      return pausedUntilMs;
    },
    async slot() {
      const current = clock.now() - granted.atMs < slots.slotMs;
      if (current && granted.left > 0) {
        granted.left -= 1;
        return;
      }
      await limiter.schedule(async () => undefined);
      granted = { atMs: clock.now(), left: slots.starts - 1 };
    },
    setRate(rate) {
      const next = slotsOf(rate);
      if (next.slotMs === slots.slotMs) return;
      slots = next;
      limiter.updateSettings({ minTime: slots.slotMs });
    },
    pauseFor(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.now() + ms);
    },
  };
}

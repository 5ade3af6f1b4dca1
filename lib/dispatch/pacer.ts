import Bottleneck from 'bottleneck';
import type { Clock } from '../ports.ts';
import { StartWindow } from './start-window.ts';

/** Grants the starts of a lane's calls, at most at the lane's rate. */
export interface Pacer {
  /** Resolves when one call may start, at once after this. For one caller at a time. */
  slot(): Promise<Slot>;
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

/** Timers tick in milliseconds, so a slot is never shorter than this. */
const MIN_SLOT_MS = 8;

/** How far ahead slots are booked, and how long a missed one may still be used. */
const CATCH_UP_MS = 100;

/** The right to one call. */
export interface Slot {
  /** To be called when the call has been answered or given up: its time tells when it can have arrived. */
  finished(): void;
}

/** How a rate is kept. */
export interface PacePlan {
  /** `starts` calls may start together every `slotMs`. */
  slotMs: number;
  starts: number;
  /** Slots booked ahead: after a stall, those that it swallowed are made up for. */
  ahead: number;
  /** Whatever happens, at most `windowStarts` calls arrive within `windowMs`. */
  windowStarts: number;
  windowMs: number;
}

/** Cuts a rate into slots. Pure. */
export function planPace(ratePerSecond: number): PacePlan {
  const pacedRate = ratePerSecond * MARGIN;
  const starts = Math.max(1, Math.ceil((pacedRate * MIN_SLOT_MS) / 1000));
  const slotMs = (starts * 1000) / pacedRate;
  const windowStarts = Math.max(1, Math.floor(ratePerSecond));
  return {
    slotMs,
    starts,
    ahead: Math.max(1, Math.floor(CATCH_UP_MS / slotMs)),
    windowStarts,
    windowMs: (windowStarts * 1000) / ratePerSecond,
  };
}

/**
 * A pacer on Bottleneck's `minTime`. Every call takes a slot, retries included: a retry made inside Bottleneck's own
 * `failed` handler would not be paced, and a reservoir would let a refill's worth start at once.
 *
 * Bottleneck spaces jobs from the moment they are submitted, so what is late stays late if one job is submitted after the
 * other. Slots are therefore booked a little ahead: their times are fixed then, and a stall of this process costs no
 * rate. What it bunches together is kept within the limit by a {@link StartWindow}.
 */
export function createPacer(ratePerSecond: number, clock: Clock): Pacer {
  let plan = planPace(ratePerSecond);
  const limiter = new Bottleneck({ minTime: plan.slotMs });
  const window = new StartWindow(plan.windowStarts, plan.windowMs);
  let granted = { starts: 0, atMs: 0 };
  let booked = 0;
  let onGrant: () => void = () => undefined;
  let pausedUntilMs = 0;

  function bookAhead(): void {
    for (; booked < plan.ahead; booked++) void limiter.schedule(grant);
  }

  async function grant(): Promise<void> {
    booked -= 1;
    granted = { starts: leftStarts() + plan.starts, atMs: clock.now() };
    onGrant();
  }

  function leftStarts(): number {
    return clock.now() - granted.atMs > CATCH_UP_MS ? 0 : granted.starts;
  }

  return {
    get pausedUntilMs() {
      return pausedUntilMs;
    },
    async slot() {
      bookAhead();
      while (leftStarts() === 0) {
        await new Promise<void>((resolve) => {
          onGrant = resolve;
        });
        bookAhead();
      }
      granted.starts -= 1;
      const waitMs = window.waitMs(clock.now());
      if (waitMs > 0) await clock.sleep(waitMs);
      const call = window.start(clock.now());
      return { finished: () => window.finish(call, clock.now()) };
    },
    setRate(rate) {
      const next = planPace(rate);
      if (next.slotMs === plan.slotMs && next.starts === plan.starts) return;
      plan = next;
      limiter.updateSettings({ minTime: plan.slotMs });
      window.resize(plan.windowStarts, plan.windowMs);
    },
    pauseFor(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.now() + ms);
    },
  };
}

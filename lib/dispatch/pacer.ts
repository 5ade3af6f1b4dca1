import Bottleneck from 'bottleneck';
import type { Clock } from '../ports.ts';
import { planPace } from './pace-plan.ts';
import { StartWindow } from './start-window.ts';

/** Grants the starts of a lane's calls, at most at the lane's rate. */
export interface Pacer {
  /**
   * Resolves when one call may start, at once after this; with nothing when none may before `byMs`. For one caller at a time.
   */
  slot(byMs: number): Promise<Slot | undefined>;
  setRate(ratePerSecond: number): void;
  /** When by the clock this lane starts, so that several take turns; `undefined` for one that is alone. */
  setTurn(turn: Turn | undefined): void;
  /** No call may start for this long: the target said `Retry-After`. */
  pauseFor(ms: number): void;
  /** Until when no call may start, in milliseconds since the epoch. */
  readonly pausedUntilMs: number;
}

/** A lane's place among several. */
export interface Turn {
  /** Where in its slots it starts, from 0 up to 1. */
  phase: number;
  /** Its share of the configured rate. What the lane may use of it now does not move its turns. */
  ratePerSecond: number;
}

/** The right to one call. */
export interface Slot {
  /** To be called when the call has been answered or given up: its time tells when it can have arrived. */
  finished(): void;
}

/** How long a missed slot may still be used. */
const CATCH_UP_MS = 100;

/**
 * Share of the rate that slow lanes use by their turns. None knows of the others' calls, so what one is late, or its call on the way,
 * has to fit into what this leaves of a second: 11 ms. At 0.99 (measured) 1 call of 1,000 is throttled, at 0.986 none, at the price of the rate.
 */
const TURN_MARGIN = 0.9885;

/** How late a slow lane may start and still not run into another's turn. */
const LATEST_START_MS = 9;

/** Starts that a slow lane books ahead: its next one is granted before its turn comes, however late timers are. */
const TURNS_AHEAD = 2;

/** A change of the rate below this share is not worth a new plan. */
const SMALLEST_CHANGE = 0.005;

/**
 * A pacer on Bottleneck's `minTime`. Every call takes a slot, retries included: a retry made inside Bottleneck's own
 * `failed` handler would not be paced, and a reservoir would let a refill's worth start at once.
 *
 * Bottleneck spaces jobs from the moment they are submitted, so what is late stays late if one job is submitted after the
 * other. Slots are therefore booked a little ahead: their times are fixed then, and a stall of this process costs no
 * rate. What it bunches together is kept within the limit by a {@link StartWindow}.
 */
export function createPacer(ratePerSecond: number, clock: Clock): Pacer {
  let plannedRate = ratePerSecond;
  let turn: { slotMs: number; offsetMs: number; lastUsed: number } | undefined;
  let plan = planPace(ratePerSecond, CATCH_UP_MS);
  const limiter = new Bottleneck({ minTime: plan.slotMs });
  const window = new StartWindow(plan.windowStarts, plan.windowMs);
  let granted = { starts: 0, atMs: 0 };
  let booked = 0;
  let onGrant: () => void = () => undefined;
  let pausedUntilMs = 0;

  function bookAhead(): void {
    const ahead = isSlow(turn) ? TURNS_AHEAD : plan.ahead;
    for (; booked < ahead; booked++) void limiter.schedule(grant);
  }

  async function grant(): Promise<void> {
    booked -= 1;
    granted = { starts: leftStarts() + plan.starts, atMs: clock.now() };
    onGrant();
  }

  /** A slow lane's grant waits for its turn, however often the caller does something else meanwhile. */
  function leftStarts(): number {
    const keptMs = isSlow(turn) ? TURNS_AHEAD * turn.slotMs : CATCH_UP_MS;
    return clock.now() - granted.atMs > keptMs ? 0 : granted.starts;
  }

  /**
   * After a rest, the first slot is the next that is this lane's turn; the others follow it at their distance. A slow lane's are
   * granted half a slot before its turns.
   */
  function turnAtMs(): number {
    const resting = booked === 0 && clock.now() - granted.atMs > 2 * plan.slotMs;
    const earlyMs = isSlow(turn) ? turn.slotMs / 2 : 0;
    return clock.now() + (resting ? Math.max(0, turnWaitMs(0) - earlyMs) : 0);
  }

  /** The distance of a lane's turns. */
  function turnMs(rate: number): number {
    const { slotMs } = planPace(rate, CATCH_UP_MS);
    return slotMs > CATCH_UP_MS ? 1000 / (rate * TURN_MARGIN) : slotMs;
  }

  /** How long it is to this lane's next turn; nothing up to `lateMs` after one that is not used yet. */
  function turnWaitMs(lateMs: number): number {
    if (!turn) return 0;
    const { slotMs, offsetMs, lastUsed } = turn;
    const turns = (clock.now() - offsetMs) / slotMs;
    const current = Math.floor(turns);
    if (current !== lastUsed && (turns - current) * slotMs <= lateMs) return 0;
    // Timers tick in milliseconds.
    return Math.ceil((current + 1 - turns) * slotMs);
  }

  /** Whether it is one of several lanes, and a missed slot of it cannot be caught up with. */
  function isSlow(its: typeof turn): its is NonNullable<typeof turn> {
    return its !== undefined && its.slotMs > CATCH_UP_MS;
  }

  /**
   * Several slow lanes together exceed a limit as soon as one starts out of turn: what is too late waits for the next. The window
   * of one such lane would say nothing of the others, and delay it out of its turn.
   */
  async function waitForTurn(of: NonNullable<typeof turn>, byMs: number): Promise<boolean> {
    for (let waitMs = turnWaitMs(LATEST_START_MS); waitMs > 0; waitMs = turnWaitMs(LATEST_START_MS))
      if (!(await sleepUntil(clock.now() + waitMs, byMs))) return false;
    of.lastUsed = Math.floor((clock.now() - of.offsetMs) / of.slotMs);
    return true;
  }

  function waitForWindow(byMs: number): Promise<boolean> {
    return sleepUntil(clock.now() + window.waitMs(clock.now()), byMs);
  }

  /** Sleeps until then, or until `byMs`; whether it was in time. */
  async function sleepUntil(ms: number, byMs: number): Promise<boolean> {
    if (ms > clock.now()) await clock.sleep(Math.min(ms, byMs) - clock.now());
    return ms <= byMs;
  }

  /** Whether a start was granted in time. */
  async function waitForGrant(byMs: number): Promise<boolean> {
    const over = new AbortController();
    const late = clock.sleep(byMs - clock.now(), over.signal);
    while (leftStarts() === 0 && clock.now() < byMs) {
      const grantOf = new Promise<void>((resolve) => {
        onGrant = resolve;
      });
      await Promise.race([grantOf, late]);
      bookAhead();
    }
    over.abort('granted');
    return leftStarts() > 0;
  }

  return {
    get pausedUntilMs() {
      return pausedUntilMs;
    },
    async slot(byMs) {
      if (!(await sleepUntil(turnAtMs(), byMs))) return undefined;
      bookAhead();
      if (!(await waitForGrant(byMs))) return undefined;
      if (!(await (isSlow(turn) ? waitForTurn(turn, byMs) : waitForWindow(byMs)))) return undefined;
      granted.starts -= 1;
      const call = window.start(clock.now());
      return { finished: () => window.finish(call, clock.now()) };
    },
    setTurn(next) {
      const slotMs = next && turnMs(next.ratePerSecond);
      const offsetMs = next && slotMs ? next.phase * slotMs : undefined;
      if (turn?.slotMs === slotMs && turn?.offsetMs === offsetMs) return;
      turn = slotMs && offsetMs !== undefined ? { slotMs, offsetMs, lastUsed: -1 } : undefined;
    },
    setRate(rate) {
      if (Math.abs(rate - plannedRate) / plannedRate < SMALLEST_CHANGE) return;
      plannedRate = rate;
      plan = planPace(rate, CATCH_UP_MS);
      limiter.updateSettings({ minTime: plan.slotMs });
      window.resize(plan.windowStarts, plan.windowMs);
    },
    pauseFor(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.now() + ms);
    },
  };
}

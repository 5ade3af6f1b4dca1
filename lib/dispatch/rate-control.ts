import type { LearnedRate } from '../ports.ts';

const SECOND_MS = 1000;

/** A limit that was found is held this long before the rate is raised again, in milliseconds; doubled each time the same limit is met. */
const HOLD_MS = { atFirst: 10_000, most: 60_000 };

/** Additive increase: this share of the configured rate is added every second until the limit is passed. */
const INCREASE_PER_SECOND = 0.02;

/** A share of refused calls is judged over this many calls at least. */
const CALLS_JUDGED = 20;

/** Random refusals are expected at this share before anything is known of a target; what is learnt is a mean over about so many calls. */
const LEAST_NOISE = 0.001;
const CALLS_OF_NOISE = 500;

/**
 * After this many refusals in a row, the wait that the target asks for holds the whole lane; after more where noise refuses so many calls that
 * they would come more often than once in ten thousand calls.
 */
const REFUSALS_TO_PAUSE = 4;
const RARE = 1e-4;

/** Calls at a lowered rate that are needed to tell whether lowering it helped. */
const CALLS_TO_COMPARE = 50;

/** Two limits that are met this close to each other are the same one. */
const SAME_LIMIT = 1.1;

interface Limit {
  rate: number;
  /** The rate at which it was met. */
  metAt: number;
  sinceMs: number;
  holdMs: number;
  /** The lane had to wait, so that the rate was lowered to what the target admits in a whole span. */
  hasPaused: boolean;
  /** Share of refused calls when it was met, and what came of calls since. */
  refusedShare: number;
  calls: number;
  refused: number;
}

/**
 * The rate of all environments together: the configured one, or less where the target allows less. Each judges by its own calls and tells the
 * others what it has learnt.
 *
 * A refused call (429) has one of three causes. A *lower limit* refuses what exceeds it: the rate falls to what was just admitted, is
 * held, and then raised again until it is met again, or passed. A *closed window* admits nothing (see `TargetHealth`): the rate stays, and dispatch waits and probes.
 * *Noise* refuses a share of the calls at any rate. A refused share is taken for a limit only if it is more than the known noise explains
 * (three standard deviations of a binomial, and one call); if the share is the same at the lowered rate, it was noise, which is remembered.
 * Pure: time arrives as data.
 */
export class RateControl {
  readonly #configured: number;
  #limit: Limit | undefined;
  #learned: LearnedRate | undefined;
  #noise = LEAST_NOISE;
  /** Times of the calls of the last while, oldest first; negative for refused ones, so that the list stays one of plain numbers. */
  #results: number[] = [];
  /** Start of the invocation. */
  #busySinceMs = 0;

  constructor(ratePerSecond: number) {
    this.#configured = ratePerSecond;
  }

  /** The newest finding, for the other environments. */
  get learned(): LearnedRate | undefined {
    return this.#learned;
  }

  /** Takes what another environment has learnt, if it is newer. */
  adopt(learned: LearnedRate | undefined): void {
    if (!learned || learned.atMs <= (this.#learned?.atMs ?? 0)) return;
    this.#learned = learned;
    this.#limit = learned.limit && {
      rate: learned.limit.ratePerSecond,
      metAt: learned.limit.metAtRate,
      holdMs: learned.limit.holdMs,
      sinceMs: learned.limit.sinceMs,
      hasPaused: true,
      // The environment that met it compares.
      refusedShare: 1,
      calls: CALLS_TO_COMPARE,
      refused: 0,
    };
  }

  #setLimit(limit: Limit | undefined, nowMs: number): void {
    this.#limit = limit;
    this.#learned = {
      atMs: nowMs,
      ...(limit && {
        limit: {
          ratePerSecond: limit.rate,
          metAtRate: limit.metAt,
          sinceMs: limit.sinceMs,
          holdMs: limit.holdMs,
        },
      }),
    };
  }

  /** An invocation begins: other environments made the calls until now. */
  begin(nowMs: number): void {
    this.#busySinceMs = nowMs;
  }

  admitted(nowMs: number): void {
    this.#note(nowMs, false);
  }

  /**
   * The target refused a call while it admits others, and asks for a wait of `pauseMs`. Returns whether the whole lane has to wait, and not
   * only this event: that is, if it refuses call after call. `share` is this environment's part of all calls.
   */
  throttled(nowMs: number, pauseMs: number, share = 1): boolean {
    this.#note(nowMs, true);
    const mustPause = this.#refusesCallAfterCall();
    // A wait much longer than a limit's window is that of a closed one: the rate was right.
    if (mustPause && pauseMs > 2 * this.#spanMs()) return true;
    const isLimit = mustPause || this.#isSignificant(nowMs);
    if (isLimit && !this.#isSameEpisode(nowMs, mustPause))
      this.#lower(nowMs, mustPause ? pauseMs : 0, share);
    // Noise does not refuse call after call: there is nothing to compare.
    else if (mustPause && this.#limit && nowMs >= this.#limit.sinceMs)
      this.#limit.calls = CALLS_TO_COMPARE;
    return mustPause;
  }

  /** Whether the rate was lowered for the same cause: the call was under way then, or met a window that faster calls had filled. */
  #isSameEpisode(nowMs: number, mustPause: boolean): boolean {
    if (!this.#limit) return false;
    const { calls, hasPaused, sinceMs } = this.#limit;
    const isSettling = nowMs < sinceMs || calls < CALLS_TO_COMPARE;
    return isSettling && (hasPaused || !mustPause);
  }

  #refusesCallAfterCall(): boolean {
    const inARow = Math.max(REFUSALS_TO_PAUSE, Math.ceil(Math.log(RARE) / Math.log(this.#noise)));
    const latest = this.#results.slice(-inARow);
    return latest.length === inARow && latest.every(isRefused);
  }

  #lower(nowMs: number, pauseMs: number, share: number): void {
    const before = this.#limit;
    const rate = this.rateAt(nowMs);
    const again = before !== undefined && rate <= before.metAt * SAME_LIMIT;
    const limit = {
      rate: Math.min(rate, this.#admittedRate(nowMs, pauseMs > 0) / share),
      metAt: rate,
      // For a second, the window that the faster calls have filled refuses slower ones, too.
      sinceMs: nowMs + Math.max(pauseMs, SECOND_MS),
      holdMs: again ? Math.min(before.holdMs * 2, HOLD_MS.most) : HOLD_MS.atFirst,
      hasPaused: pauseMs > 0,
      refusedShare: this.#refused() / this.#results.length,
      calls: 0,
      refused: 0,
    };
    this.#setLimit(limit, nowMs);
  }

  /** The target admits nothing any more: what looked like a limit a moment ago was the window closing, unless it has admitted calls since. */
  windowClosed(nowMs: number): void {
    const limit = this.#limit;
    if (!limit || nowMs - limit.sinceMs >= 3 * SECOND_MS) return;
    if (limit.calls === limit.refused) this.#setLimit(undefined, nowMs);
  }

  /** True while a lower limit is known, or more than three of ten calls are refused: a refusal is then the fault of no single event. */
  get isTooHigh(): boolean {
    return this.#limit !== undefined || this.#refused() > 0.3 * this.#results.length;
  }

  rateAt(nowMs: number): number {
    return Math.min(this.#configured, this.#limitedRate(nowMs));
  }

  #note(nowMs: number, refused: boolean): void {
    this.#results.push(refused ? -nowMs : nowMs);
    while (Math.abs(this.#results[0] ?? nowMs) <= nowMs - this.#spanMs()) this.#results.shift();
    // Refusals that noise does not explain are no measure of it.
    if (!refused || !this.#isSignificant(nowMs))
      this.#noise += ((refused ? 1 : 0) - this.#noise) / CALLS_OF_NOISE;
    this.#noise = Math.max(LEAST_NOISE, this.#noise);
    if (this.#limit && nowMs >= this.#limit.sinceMs) this.#compare(this.#limit, refused, nowMs);
  }

  /** Whether lowering the rate helped; if not, the refusals do not depend on it. */
  #compare(limit: Limit, refused: boolean, nowMs: number): void {
    limit.calls += 1;
    if (refused) limit.refused += 1;
    if (limit.calls !== CALLS_TO_COMPARE) return;
    const share = limit.refused / limit.calls;
    if (share <= limit.refusedShare / 3) return;
    this.#noise = share;
    this.#setLimit(undefined, nowMs);
  }

  #isSignificant(nowMs: number): boolean {
    const calls = this.#results.length;
    if (calls < CALLS_JUDGED) return false;
    const expected = calls * this.#noise;
    // While the rate is raised towards a known limit, one refusal is enough: it is expected there.
    const spare = this.#limit && this.#limitedRate(nowMs) > this.#limit.rate ? 0 : 1;
    return this.#refused() > expected + 3 * Math.sqrt(expected * (1 - this.#noise)) + spare;
  }

  #refused(): number {
    return this.#results.filter(isRefused).length;
  }

  /**
   * Admitted calls per second of the last while, at most since the invocation began; pauses count as time. One that has just begun is judged by the
   * time since then, unless the target admits no more within this span.
   */
  #admittedRate(nowMs: number, isFull: boolean): number {
    const spanMs = this.#spanMs();
    const busyMs = Math.max(1, nowMs - this.#busySinceMs);
    const fromMs = nowMs - Math.min(spanMs, busyMs);
    const admitted = this.#results.filter((atMs) => !isRefused(atMs) && atMs >= fromMs).length;
    return (Math.max(1, admitted) * SECOND_MS) / (isFull ? spanMs : nowMs - fromMs);
  }

  #spanMs(): number {
    return Math.max(SECOND_MS, (CALLS_JUDGED * SECOND_MS) / this.#configured);
  }

  #limitedRate(nowMs: number): number {
    if (!this.#limit) return Number.POSITIVE_INFINITY;
    const { rate, sinceMs, holdMs, metAt } = this.#limit;
    const raisingSeconds = Math.max(0, nowMs - sinceMs - holdMs) / SECOND_MS;
    const additive = this.#configured * INCREASE_PER_SECOND;
    const secondsToPass = Math.max(0, metAt * SAME_LIMIT - rate) / additive;
    if (raisingSeconds <= secondsToPass) return rate + additive * raisingSeconds;
    // The old limit is passed: it is gone.
    return metAt * SAME_LIMIT * 2 ** Math.min(raisingSeconds - secondsToPass, 30);
  }
}

const isRefused = (result: number) => result < 0;

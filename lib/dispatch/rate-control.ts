/** How the rate follows a target that enforces less than it was said to, or that has just come back. */
export interface RateSettings {
  /** A throttled call lowers the rate to what was admitted just before, but to no less than this share of it … */
  leastDecrease: number;
  /** … and no more than this one. */
  mostDecrease: number;
  /** How long the lowered rate is held before it is raised again; doubled each time that the same limit is met again. */
  holdMs: number;
  maxHoldMs: number;
  /** Additive increase: this share of the configured rate is added every second. */
  increasePerSecond: number;
  /** After an outage: the share of the rate to begin with; it doubles every second. */
  recoveryShare: number;
}

export const DEFAULT_RATE_SETTINGS: RateSettings = {
  leastDecrease: 0.5,
  mostDecrease: 0.97,
  holdMs: 10_000,
  maxHoldMs: 160_000,
  increasePerSecond: 0.02,
  recoveryShare: 0.5,
};

const SECOND_MS = 1000;

/** Two limits that are met this close to each other are the same one. */
const SAME_LIMIT = 1.1;

/**
 * The rate of a lane: the configured one, lowered multiplicatively when the target throttles, and raised additively back to
 * it. The decrease uses what the target admitted just before, so that one step finds a limit; a limit that is
 * met again is tried ever more rarely, since every attempt to pass it costs a `Retry-After`. Pure: time arrives as data.
 */
export class RateControl {
  readonly #settings: RateSettings;
  #configured: number;
  #limited: { rate: number; sinceMs: number; holdMs: number; metAt: number } | undefined;
  #recoveringSinceMs: number | undefined;
  /** When the calls of the last while were admitted. */
  #admittedAtMs: number[] = [];

  constructor(ratePerSecond: number, settings: RateSettings = DEFAULT_RATE_SETTINGS) {
    this.#configured = ratePerSecond;
    this.#settings = settings;
  }

  /** The lane's share has changed, as it does when the stream is resharded. What was learnt of the target scales with it. */
  configure(ratePerSecond: number): void {
    const factor = ratePerSecond / this.#configured;
    this.#configured = ratePerSecond;
    if (!this.#limited || factor === 1) return;
    this.#limited.rate *= factor;
    this.#limited.metAt *= factor;
  }

  admitted(nowMs: number): void {
    this.#admittedAtMs.push(nowMs);
    this.#forgetBefore(nowMs - this.#spanMs());
  }

  /** The target throttled a call; for `pauseMs` none will be made. Further ones that were under way belong to the same episode. */
  throttled(nowMs: number, pauseMs: number): void {
    const before = this.#limited;
    if (before && nowMs < before.sinceMs) return;
    const rate = this.rateAt(nowMs);
    const admittedRate = this.#admittedRate(nowMs);
    const { leastDecrease, mostDecrease, holdMs, maxHoldMs } = this.#settings;
    const lowest = rate * leastDecrease;
    const lowered = Math.max(lowest, Math.min(admittedRate, rate * mostDecrease));
    const again = before !== undefined && rate <= before.metAt * SAME_LIMIT;
    this.#limited = {
      rate: lowered,
      sinceMs: nowMs + pauseMs,
      holdMs: again ? Math.min(before.holdMs * 2, maxHoldMs) : holdMs,
      metAt: rate,
    };
  }

  /** The target answers again after an outage: it is not met with full force. */
  recovered(nowMs: number): void {
    this.#recoveringSinceMs = nowMs;
  }

  rateAt(nowMs: number): number {
    return Math.min(this.#configured, this.#limitedRate(nowMs), this.#recoveryRate(nowMs));
  }

  #limitedRate(nowMs: number): number {
    if (!this.#limited) return Number.POSITIVE_INFINITY;
    const { rate, sinceMs, holdMs } = this.#limited;
    const raisingMs = Math.max(0, nowMs - sinceMs - holdMs);
    const { increasePerSecond } = this.#settings;
    return rate + (this.#configured * increasePerSecond * raisingMs) / SECOND_MS;
  }

  #recoveryRate(nowMs: number): number {
    if (this.#recoveringSinceMs === undefined) return Number.POSITIVE_INFINITY;
    const seconds = (nowMs - this.#recoveringSinceMs) / SECOND_MS;
    return this.#configured * this.#settings.recoveryShare * 2 ** Math.min(seconds, 30);
  }

  /** What was admitted per second in the span before, or since the first call if that was later. */
  #admittedRate(nowMs: number): number {
    this.#forgetBefore(nowMs - this.#spanMs());
    const sinceMs = nowMs - (this.#admittedAtMs[0] ?? nowMs);
    return (this.#admittedAtMs.length * SECOND_MS) / Math.max(SECOND_MS, sinceMs);
  }

  /** A second, or as long as ten calls take: of fewer, no rate can be told. */
  #spanMs(): number {
    return Math.max(SECOND_MS, (10 * SECOND_MS) / this.#configured);
  }

  #forgetBefore(ms: number): void {
    const first = this.#admittedAtMs.findIndex((at) => at > ms);
    this.#admittedAtMs = first === -1 ? [] : this.#admittedAtMs.slice(first);
  }
}

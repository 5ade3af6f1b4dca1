/** The answer to one call: let in, or how long to wait before trying again. */
export type Admission = { admitted: true } | { admitted: false; retryAfterMs: number };

/**
 * Decides call by call whether a rate limit lets it in. Time arrives as data: milliseconds, fractions
 * included, from any origin, never going backwards. A refused call uses up nothing.
 */
export interface RateLimiter {
  /** `retryAfterMs` is the earliest wait after which a lone call would be admitted. */
  admit(nowMs: number): Admission;
}

/** The window that every limit is counted in: limits are per second. */
export const WINDOW_MS = 1000;

/**
 * Exact sliding window: never more than `limit` admitted calls in any half-open second [t, t + 1 s).
 * The strictest of the limits, as it forgives no burst at a window's edge.
 *
 * The log is a ring of the last `limit` admissions: a call fits exactly when the oldest of them is at
 * least one second old, so both time and memory per call are constant.
 */
class SlidingWindowLimiter implements RateLimiter {
  readonly #admittedAtMs: Float64Array;
  #oldest = 0;

  constructor(limit: number) {
    this.#admittedAtMs = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  admit(nowMs: number): Admission {
    const freeAtMs = (this.#admittedAtMs[this.#oldest] ?? nowMs) + WINDOW_MS;
    if (freeAtMs > nowMs) return { admitted: false, retryAfterMs: freeAtMs - nowMs };
    this.#admittedAtMs[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#admittedAtMs.length;
    return { admitted: true };
  }
}

/**
 * Fixed window: at most `limit` admitted calls in each second of the clock (aligned to whole seconds).
 * Two bursts either side of a boundary pass, so up to twice the limit can fall into one sliding second.
 */
class FixedWindowLimiter implements RateLimiter {
  readonly #limit: number;
  #window = Number.NEGATIVE_INFINITY;
  #admitted = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  admit(nowMs: number): Admission {
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#admitted = 0;
    }
    if (this.#admitted >= this.#limit) {
      return { admitted: false, retryAfterMs: (window + 1) * WINDOW_MS - nowMs };
    }
    this.#admitted += 1;
    return { admitted: true };
  }
}

/** Forgives the rounding of fractional refills: far below one call, far above the error of a double. */
const ROUNDING = 1e-6;

/**
 * Token bucket: starts full with `limit` tokens, refills evenly at `limit` per second, a call takes one.
 * Any span of `s` seconds admits at most `limit × (1 + s)` calls: a rested bucket lets one burst through.
 */
class TokenBucketLimiter implements RateLimiter {
  readonly #limit: number;
  #tokens: number;
  #refilledAtMs: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    this.#tokens = limit;
  }

  admit(nowMs: number): Admission {
    this.#refill(nowMs);
    if (this.#tokens < 1 - ROUNDING) {
      return { admitted: false, retryAfterMs: ((1 - this.#tokens) * WINDOW_MS) / this.#limit };
    }
    this.#tokens -= 1;
    return { admitted: true };
  }

  #refill(nowMs: number): void {
    const elapsedMs = nowMs - (this.#refilledAtMs ?? nowMs);
    this.#tokens = Math.min(this.#limit, this.#tokens + (elapsedMs * this.#limit) / WINDOW_MS);
    this.#refilledAtMs = nowMs;
  }
}

const limiters = {
  'sliding-window': SlidingWindowLimiter,
  'fixed-window': FixedWindowLimiter,
  'token-bucket': TokenBucketLimiter,
} satisfies Record<string, new (limit: number) => RateLimiter>;

export type LimitAlgorithm = keyof typeof limiters;

export const limitAlgorithms = Object.keys(limiters) as LimitAlgorithm[];

const unlimited: RateLimiter = { admit: () => ({ admitted: true }) };

/** A limiter without history for `limitPerSecond` calls, or one that admits everything when it is null. */
export function createLimiter(
  algorithm: LimitAlgorithm,
  limitPerSecond: number | null,
): RateLimiter {
  return limitPerSecond === null ? unlimited : new limiters[algorithm](limitPerSecond);
}

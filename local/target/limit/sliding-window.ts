import { type Admission, type RateLimiter, WINDOW_MS } from './limiter.ts';

/**
 * Exact sliding window: never more than `limit` admitted calls in any half-open second [t, t + 1 s).
 * The strictest of the limits, as it forgives no burst at a window's edge.
 *
 * The log is a ring of the last `limit` admissions: a call fits exactly when the oldest of them is at
 * least one second old, so both time and memory per call are constant.
 */
export class SlidingWindowLimiter implements RateLimiter {
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

import { type Admission, type RateLimiter, WINDOW_MS } from './limiter.ts';

/** Forgives the rounding of fractional refills: far below one call, far above the error of a double. */
const ROUNDING = 1e-6;

/**
 * Token bucket: starts full with `limit` tokens, refills evenly at `limit` per second, a call takes one.
 * Any span of `s` seconds admits at most `limit × (1 + s)` calls: a rested bucket lets one burst through.
 */
export class TokenBucketLimiter implements RateLimiter {
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

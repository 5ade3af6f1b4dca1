import { type Admission, type RateLimiter, WINDOW_MS } from './limiter.ts';

/**
 * Fixed window: at most `limit` admitted calls in each second of the clock (aligned to whole seconds).
 * Two bursts either side of a boundary pass, so up to twice the limit can fall into one sliding second.
 */
export class FixedWindowLimiter implements RateLimiter {
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

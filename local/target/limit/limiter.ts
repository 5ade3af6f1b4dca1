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

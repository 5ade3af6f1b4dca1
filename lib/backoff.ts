export interface Backoff {
  /** Upper bound of the first delay, in milliseconds. */
  baseMs: number;
  /** Upper bound of every delay, in milliseconds. */
  maxMs: number;
}

/**
 * Exponential backoff with full jitter: anything from 0 to `baseMs` doubled per failure, at most `maxMs`
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). `failures` counts from 1. Pure but for `random`.
 */
export function fullJitterDelayMs(
  failures: number,
  { baseMs, maxMs }: Backoff,
  random: () => number = Math.random,
): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(random() * ceilingMs);
}

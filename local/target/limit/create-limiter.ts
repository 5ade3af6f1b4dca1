import { FixedWindowLimiter } from './fixed-window.ts';
import type { RateLimiter } from './limiter.ts';
import { SlidingWindowLimiter } from './sliding-window.ts';
import { TokenBucketLimiter } from './token-bucket.ts';

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

import Bottleneck from 'bottleneck';

/** A Bottleneck limiter starts at most some 430 jobs a second, each a millisecond or more late (measured, 2.19.5): at this rate it has time. */
const CALLS_PER_LIMITER = 100;

/** Bounds the calls under way at once. */
export interface CallLimiter {
  schedule<Result>(call: () => Promise<Result>): Promise<Result>;
}

/** As many Bottleneck limiters as the rate needs, used in turn, with together at most `maxInFlight` calls under way. */
export function createCallLimiter(maxInFlight: number, ratePerSecond: number): CallLimiter {
  const count = Math.min(maxInFlight, Math.max(1, Math.ceil(ratePerSecond / CALLS_PER_LIMITER)));
  const limiters = Array.from(
    { length: count },
    (_, index) => new Bottleneck({ maxConcurrent: shareOf(maxInFlight, count, index) }),
  );
  let next = 0;
  return {
    schedule(call) {
      const limiter = limiters[next] as Bottleneck;
      next = (next + 1) % count;
      return limiter.schedule(call);
    },
  };
}

/** The part of the limiter at this place: the parts differ by one at most, and their sum is `whole`. */
function shareOf(whole: number, count: number, index: number): number {
  return Math.floor(whole / count) + (index < whole % count ? 1 : 0);
}

/** What an API Gateway clock may be off, or a request may have waited: beyond this, its time is not believed. */
const MAX_AGE_MS = 10_000;

/**
 * When a request arrived at the API, in milliseconds since the epoch: API Gateway's `requestContext.timeEpoch`, so that a cold
 * start counts; or now, where that is absent, in the future or too long ago to be true. Pure.
 */
export function arrivedAtMs(timeEpoch: number | undefined, nowMs: number): number {
  if (timeEpoch === undefined || timeEpoch > nowMs || nowMs - timeEpoch > MAX_AGE_MS) return nowMs;
  return timeEpoch;
}

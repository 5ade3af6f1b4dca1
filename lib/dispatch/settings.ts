import type { DispatchConfig } from '../config.ts';
import type { DispatchSettings } from './lane.ts';
import { withCodes } from './outcome.ts';

/** The policy of dispatch, from the function's configuration. Pure. */
export function dispatchSettings(config: DispatchConfig): DispatchSettings {
  return {
    brand: config.BRAND,
    maxInFlight: config.TARGET_MAX_IN_FLIGHT,
    groups: { creations: config.MUTATIONS_PER_REQUEST, lookups: config.LOOKUPS_PER_REQUEST },
    codes: withCodes({
      duplicate: config.DUPLICATE_CODES,
      throttled: config.THROTTLED_CODES,
      transient: config.TRANSIENT_CODES,
    }),
    verifyAfterCrash: config.VERIFY_AFTER_CRASH,
    maxAttempts: config.MAX_ATTEMPTS,
    backoff: { baseMs: config.BACKOFF_BASE_MS, maxMs: config.BACKOFF_MAX_MS },
    throttlePauseMs: 1000,
    retryAfterMaxMs: config.RETRY_AFTER_MAX_MS,
  };
}

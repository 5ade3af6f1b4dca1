import type { DispatchConfig } from '../config.ts';
import type { DispatchSettings } from './lane.ts';

/** The policy of dispatch, from the function's configuration. Pure. */
export function dispatchSettings(config: DispatchConfig): DispatchSettings {
  return {
    brand: config.BRAND,
    maxInFlight: config.TARGET_MAX_IN_FLIGHT,
    maxAttempts: config.MAX_ATTEMPTS,
    backoff: { baseMs: config.BACKOFF_BASE_MS, maxMs: config.BACKOFF_MAX_MS },
    throttlePauseMs: 1000,
    retryAfterMaxMs: config.RETRY_AFTER_MAX_MS,
  };
}

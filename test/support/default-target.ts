import { systemClock } from '../../lib/clock.ts';
import { createLog } from '../../lib/log.ts';
import type { Target } from '../../lib/ports.ts';
import { createConfiguredTarget } from '../../lib/target/configured-target.ts';
import { readContract } from '../../scripts/target-contract.ts';

const { files } = await readContract();

/** The target application behind a URL, called through the default contract. */
export function createDefaultTarget(url: string, brand: string, timeoutMs = 5000): Target {
  return createConfiguredTarget(
    {
      BRAND: brand,
      TARGET_URL: url,
      TARGET_TIMEOUT_MS: timeoutMs,
      TARGET_RESPONSE_MAX_BYTES: 5_000_000,
      TARGET_DUPLICATE_CODES: [],
      TARGET_THROTTLED_CODES: [],
      TARGET_UNAVAILABLE_CODES: [],
      TARGET_UNKNOWN_CODES: [],
      TARGET_UNAUTHORIZED_CODES: [],
      TARGET_REJECTED_CODES: [],
    },
    { contract: files, clock: systemClock, log: createLog('test', { level: 'SILENT' }) },
  );
}

import { systemClock as clock } from '../../lib/clock.ts';
import { createLog, type Log } from '../../lib/log.ts';
import type { TargetCredential } from '../../lib/ports.ts';
import type { PipelineSettings } from '../../lib/settings.ts';
import { withCodes } from '../../lib/target/codes.ts';
import { createConfiguredTarget } from '../../lib/target/configured-target.ts';
import { createSender } from '../../lib/target/send-operation.ts';
import { sendWithCredential } from '../../lib/target/send-with-credential.ts';
import type { NamedContract } from '../target-contract.ts';
import type { HarmlessCallsOptions } from './harmless-calls.ts';

/** The target as dispatch calls it, and the same HTTP client and credential for requests that no contract describes. */
export function targetClients(options: {
  url: string;
  contract: NamedContract;
  settings: PipelineSettings;
  credential: TargetCredential | undefined;
  /** Gets the faults of the contract's verdicts. */
  faults: Set<string>;
}): Pick<HarmlessCallsOptions, 'target' | 'send' | 'codes'> {
  const { url, contract, settings, credential, faults } = options;
  const timeoutMs = settings.target_timeout_ms;
  const responseMaxBytes = settings.target_response_max_bytes;
  const config = {
    BRAND: settings.brand,
    TARGET_URL: url,
    TARGET_TIMEOUT_MS: timeoutMs,
    TARGET_RESPONSE_MAX_BYTES: responseMaxBytes,
    TARGET_DUPLICATE_CODES: settings.target_codes.duplicate,
    TARGET_THROTTLED_CODES: settings.target_codes.throttled,
    TARGET_UNAVAILABLE_CODES: settings.target_codes.unavailable,
    TARGET_UNKNOWN_CODES: settings.target_codes.unknown,
    TARGET_UNAUTHORIZED_CODES: settings.target_codes.unauthorized,
    TARGET_REJECTED_CODES: settings.target_codes.rejected,
  };
  const log: Log = {
    ...createLog('target-check', { level: 'SILENT' }),
    error: (_, fields) => void faults.add(String(fields?.error)),
  };
  return {
    target: createConfiguredTarget(config, { contract: contract.files, credential, clock, log }),
    send: sendWithCredential(createSender({ url, timeoutMs, responseMaxBytes, clock }), credential),
    codes: withCodes(settings.target_codes),
  };
}

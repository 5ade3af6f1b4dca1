import type { DispatchConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock, Target, TargetCredential } from '../ports.ts';
import { compileBrand } from './brand.ts';
import { withCodes } from './codes.ts';
import { compileContract } from './compile-contract.ts';
import type { ContractFiles } from './contract.ts';
import { createGraphQlTarget } from './graphql-target.ts';

type TargetConfig = Pick<
  DispatchConfig,
  | 'BRAND'
  | 'TARGET_URL'
  | 'TARGET_TIMEOUT_MS'
  | 'TARGET_RESPONSE_MAX_BYTES'
  | 'TARGET_DUPLICATE_CODES'
  | 'TARGET_THROTTLED_CODES'
  | 'TARGET_UNAVAILABLE_CODES'
  | 'TARGET_UNKNOWN_CODES'
  | 'TARGET_UNAUTHORIZED_CODES'
  | 'TARGET_REJECTED_CODES'
>;

/** Faults of one expression are told once in this time, in milliseconds. */
const TELL_EVERY_MS = 60_000;

/**
 * The target as dispatch is configured to call it.
 *
 * @throws ConfigError that names every problem of the contract or of `BRAND`
 */
export function createConfiguredTarget(
  config: TargetConfig,
  ports: {
    contract: ContractFiles;
    credential?: TargetCredential | undefined;
    clock: Clock;
    log: Log;
  },
): Target {
  const { clock, log } = ports;
  const toldAtMs = new Map<string, number>();
  function onFault({ message }: Error): void {
    const nowMs = clock.now();
    if (nowMs - (toldAtMs.get(message) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    if (toldAtMs.size > 100) toldAtMs.clear();
    toldAtMs.set(message, nowMs);
    log.error('A verdict of the target contract fails: the outcome counts as unknown', {
      error: message,
    });
  }
  return createGraphQlTarget({
    url: config.TARGET_URL,
    timeoutMs: config.TARGET_TIMEOUT_MS,
    contract: compileContract(ports.contract, { onFault }),
    brand: compileBrand(config.BRAND),
    credential: ports.credential,
    codes: withCodes({
      duplicate: config.TARGET_DUPLICATE_CODES,
      throttled: config.TARGET_THROTTLED_CODES,
      unavailable: config.TARGET_UNAVAILABLE_CODES,
      unknown: config.TARGET_UNKNOWN_CODES,
      unauthorized: config.TARGET_UNAUTHORIZED_CODES,
      rejected: config.TARGET_REJECTED_CODES,
    }),
    responseMaxBytes: config.TARGET_RESPONSE_MAX_BYTES,
    clock,
  });
}

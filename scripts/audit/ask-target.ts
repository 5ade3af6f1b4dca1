import { toUnixSeconds } from '../../lib/event/timestamp.ts';
import type { LookupVerdict } from '../../lib/ports.ts';
import type { AskTarget } from '../../lib/replay/audit-sample.ts';
import { readPipelineSettings } from '../../lib/settings.ts';
import { ratePerSecondOf } from '../../lib/target-limit.ts';
import { UsageError, urlFlag } from '../flags.ts';
import { SETTINGS_FILE } from '../settings-file.ts';
import type { Stack } from '../stack/stack.ts';
import { openCredentialFile } from '../target-check/credential.ts';
import { createHarmlessCalls } from '../target-check/harmless-calls.ts';
import { targetClients } from '../target-check/target-clients.ts';
import { readContract } from '../target-contract.ts';

const text = { type: 'string' } as const;

/** The flags that say how to ask the target. */
export const SAMPLE_FLAGS = {
  sample: text,
  'target-url': text,
  'target-contract': text,
  'target-credential': text,
} as const;

export const SAMPLE_USAGE = `  --sample N        ask the target whether N delivered events, chosen at random, are there: by the contract's lookup, at a
                    tenth of the target's rate
  --target-url URL          its GraphQL endpoint (default: that of the local run)
  --target-contract DIR     folder that describes its API (default: target/)
  --target-credential FILE  its credential, as in the secret`;

/** Lookups may use this share of the rate, beside live events. */
const RATE_SHARE = 0.1;

/** Opens the target that the flags name; a {@link UsageError} when it cannot be asked. */
export async function askTargetOf(
  flags: { [Name in keyof typeof SAMPLE_FLAGS]?: string | undefined },
  stack: Stack,
): Promise<AskTarget> {
  const url = flags['target-url'] ?? stack.targetUrl;
  if (url === undefined)
    throw new UsageError('--sample needs the target: name it with --target-url.');
  const contract = await readContract(flags['target-contract']);
  const file = flags['target-credential'];
  const credential = file === undefined ? undefined : await openCredentialFile(file);
  const settings = await readPipelineSettings(SETTINGS_FILE);
  const clients = targetClients({
    url: urlFlag('target-url', url),
    contract,
    settings,
    credential,
    faults: new Set(),
  });
  if (!clients.target.canLookUp)
    throw new UsageError('--sample needs a lookup, and the target contract has none.');
  const ratePerSecond = ratePerSecondOf(settings.target_limit) * RATE_SHARE;
  const calls = createHarmlessCalls({ ...clients, ratePerSecond });
  return async ({ eventId, payload }) => {
    const { timestamp } = payload as { timestamp?: unknown };
    const event = { id: eventId, payload, timestamp: toUnixSeconds(timestamp) ?? 0 };
    return answerOf((await calls.lookUp(event)).verdict);
  };
}

function answerOf({ kind }: LookupVerdict): Awaited<ReturnType<AskTarget>> {
  return kind === 'found' || kind === 'absent' ? kind : 'unanswered';
}

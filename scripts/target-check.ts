import { readFile } from 'node:fs/promises';
import { messageOf } from '../lib/errors.ts';
import { readPipelineSettings } from '../lib/settings.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError, urlFlag } from './flags.ts';
import { SETTINGS_FILE } from './settings-file.ts';
import { checkTarget, type TargetCheck } from './target-check/check-target.ts';
import { openCredentialFile } from './target-check/credential.ts';
import { createPostGraphQl } from './target-check/post-graphql.ts';
import { linesOfCheck } from './target-check/print.ts';
import { type NamedContract, readContract } from './target-contract.ts';

const USAGE = `Usage: npm run target:check -- --target-url URL [flags]

Compares a target contract with the live target, and creates nothing there: reads the schema where the target allows it, and looks up
an id that does not exist. Exit code 0 if it is ready, 1 if something does not fit, 2 for wrong usage.

  --target-url URL          GraphQL endpoint of the target
  --target-contract DIR     folder that describes its API (default: target/)
  --target-credential FILE  its credential, as in the secret: {"headers": {"authorization": "Bearer …"}}
  --event FILE              an event as your source sends it, to try the expressions on (default: a made-up one)
  --settings FILE           settings with the rate, brand and mutations_per_request (default: terraform/pipeline.auto.tfvars.json)
  --json                    the same for machines`;

const text = { type: 'string' } as const;

/** `npm run target:check`. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, {
      'target-url': text,
      'target-contract': text,
      'target-credential': text,
      event: text,
      settings: text,
      json: { type: 'boolean' },
    });
    if (flags['target-url'] === undefined) throw new UsageError('--target-url is required.');
    const url = urlFlag('target-url', flags['target-url']);
    const contract = await readContract(flags['target-contract']);
    const check = await checkLiveTarget({
      url,
      contract,
      settingsFile: flags.settings,
      credentialFile: flags['target-credential'],
      event: flags.event === undefined ? undefined : await readEvent(flags.event),
    });
    const { folder, sha256 } = contract;
    if (flags.json)
      console.log(JSON.stringify({ url, targetContract: { folder, sha256 }, ...check }));
    else console.log(linesOfCheck(check, { url, contract }).join('\n'));
    return check.ready ? 0 : 1;
  });
}

/** Checks a target over HTTP, no faster than its rate. Rejects only for a credential or settings that cannot be read. */
export async function checkLiveTarget(options: {
  url: string;
  contract: NamedContract;
  settingsFile?: string | undefined;
  /** Absent: as in the settings. */
  ratePerSecond?: number | undefined;
  credentialFile?: string | undefined;
  event?: object | undefined;
  signal?: AbortSignal;
}): Promise<TargetCheck> {
  const { url, contract, credentialFile, event, signal } = options;
  const settings = await readPipelineSettings(options.settingsFile ?? SETTINGS_FILE);
  const headers = await openCredentialFile(credentialFile);
  const ratePerSecond = options.ratePerSecond ?? ratePerSecondOf(settings.target_limit);
  return checkTarget({
    contract,
    post: createPostGraphQl({ url, headers, ratePerSecond, signal }),
    credentialFile,
    settings,
    event,
    nowMs: Date.now(),
  });
}

async function readEvent(file: string): Promise<object> {
  try {
    const event: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof event === 'object' && event !== null && !Array.isArray(event)) return event;
  } catch (error) {
    throw new UsageError(`The event cannot be read: ${messageOf(error)}`);
  }
  throw new UsageError(`${file} must hold one event, a JSON object.`);
}

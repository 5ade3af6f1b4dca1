import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { checkSourceEvent } from '../lib/event/source-event.ts';
import { readPipelineSettings } from '../lib/settings.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError, urlFlag } from './flags.ts';
import { print, printJson } from './output.ts';
import { SETTINGS_FILE } from './settings-file.ts';
import { checkTarget, type TargetCheck } from './target-check/check-target.ts';
import { openCredentialFile } from './target-check/credential.ts';
import { createHarmlessCalls } from './target-check/harmless-calls.ts';
import { linesOfCheck } from './target-check/print.ts';
import { targetClients } from './target-check/target-clients.ts';
import { type NamedContract, readContract } from './target-contract.ts';

const USAGE = `Usage: npm run target:check -- --target-url URL [flags]

Compares a target contract with the live target, and creates nothing there: reads the schema where the target allows it, and looks up
an id that does not exist. Exit code 0 if it is ready, 1 if something does not fit, 2 for wrong usage, such as a file that cannot be read.

  --target-url URL          GraphQL endpoint of the target
  --target-contract DIR     folder that describes its API (default: target/)
  --target-credential FILE  its credential, as in the secret: {"headers": {…}} or {"oauth": {…}}, see docs/connect-your-api.md
  --event FILE              an event as your source sends it, to try the expressions on (default: a made-up one)
  --settings FILE           settings with target_limit, brand, target_codes and mutations_per_request (default: terraform/pipeline.auto.tfvars.json)
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
    const named = await readOrProblems(flags['target-contract']);
    if ('problems' in named) {
      printResult(named, { url, contract: { folder: named.folder }, json: flags.json });
      return 1;
    }
    const contract = named;
    const check = await checkLiveTarget({
      url,
      contract,
      settingsFile: flags.settings,
      credentialFile: flags['target-credential'],
      event: flags.event === undefined ? undefined : await readEvent(flags.event),
    });
    printResult(check, { url, contract, json: flags.json });
    return check.ready ? 0 : 1;
  });
}

interface Printed {
  url: string;
  contract: { folder: string; sha256?: string };
  json: boolean | undefined;
}

function printResult(check: TargetCheck, { url, contract, json }: Printed): void {
  const { folder, sha256 } = contract;
  const targetContract = { folder, ...(sha256 === undefined ? {} : { sha256 }) };
  const { ready, problems, notes, roundTripMs } = check;
  const result = { ready, problems, notes, roundTripMs };
  if (json) printJson({ url, targetContract, ...result });
  else print(linesOfCheck(check, { url, contract }));
}

/** A contract, or why it is none: then the target is not called. */
async function readOrProblems(
  dir: string | undefined,
): Promise<NamedContract | (TargetCheck & { folder: string })> {
  try {
    return await readContract(dir);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const notes = ['the target was not called: mend the contract first'];
    return { ready: false, problems: [...error.problems], notes, folder: dir ?? 'target' };
  }
}

/** Checks a target over HTTP, no faster than its rate. Rejects for a credential or settings that cannot be read, and when `signal` aborts. */
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
  const credential =
    credentialFile === undefined ? undefined : await openCredentialFile(credentialFile);
  const faults = new Set<string>();
  const calls = createHarmlessCalls({
    ...targetClients({ url, contract, settings, credential, faults }),
    ratePerSecond: options.ratePerSecond ?? ratePerSecondOf(settings.target_limit),
    signal,
  });
  const check = await checkTarget({
    contract,
    calls,
    credentialFile,
    settings,
    event,
    nowMs: Date.now(),
  });
  // A fault of a verdict explains what the lookup made of it, so it comes first.
  const problems = [...faults, ...check.problems];
  return { ...check, problems, ready: problems.length === 0 };
}

async function readEvent(file: string): Promise<object> {
  let event: unknown;
  try {
    event = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`The event cannot be read: ${messageOf(error)}`);
  }
  const check = checkSourceEvent(event);
  if (check.valid) return check.event;
  const problems = check.problems.map(({ field, detail }) => `${field || 'event'}: ${detail}`);
  throw new UsageError(`The API would refuse the event in ${file}. ${problems.join(' ')}`);
}

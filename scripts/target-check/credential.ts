import { readFile } from 'node:fs/promises';
import { systemClock as clock } from '../../lib/clock.ts';
import { messageOf, SecretFormatError } from '../../lib/errors.ts';
import { createLog } from '../../lib/log.ts';
import { openCredentialFile as openFile } from '../../lib/target/credential.ts';
import { parseCredential } from '../../lib/target/credential-secret.ts';
import { UsageError } from '../flags.ts';

/** The headers that a credential file stands for, for one request; an OAuth token is fetched when it is needed. */
export type CredentialHeaders = () => Promise<Record<string, string>>;

/**
 * Opens a credential file: the JSON that the target's secret holds on AWS.
 *
 * @throws UsageError that shows no value
 */
export async function openCredentialFile(file: string | undefined): Promise<CredentialHeaders> {
  if (file === undefined) return async () => ({});
  check(file, await read(file));
  const credential = openFile(file, { clock, log: createLog('target-check', () => undefined) });
  return async () => credential.headers();
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The credential file cannot be read: ${messageOf(error)}`);
  }
}

function check(file: string, text: string): void {
  try {
    parseCredential(text);
  } catch (error) {
    if (!(error instanceof SecretFormatError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}

import { readFile } from 'node:fs/promises';
import { systemClock as clock } from '../../lib/clock.ts';
import { messageOf, SecretFormatError } from '../../lib/errors.ts';
import { createLog } from '../../lib/log.ts';
import type { TargetCredential } from '../../lib/ports.ts';
import { openCredentialFile as openFile } from '../../lib/target/credential.ts';
import { parseCredential } from '../../lib/target/credential-secret.ts';
import { UsageError } from '../flags.ts';

/**
 * Opens a credential file: the JSON that the target's secret holds on AWS.
 *
 * @throws UsageError that shows no value
 */
export async function openCredentialFile(file: string): Promise<TargetCredential> {
  check(file, await read(file));
  return openFile(file, { clock, log: createLog('target-check', { level: 'SILENT' }) });
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

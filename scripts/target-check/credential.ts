import { readFile } from 'node:fs/promises';
import { parseTargetCredential } from '../../lib/dispatch/target-credential.ts';
import { messageOf, SecretFormatError } from '../../lib/errors.ts';
import { UsageError } from '../flags.ts';

/** The headers that a credential file stands for, for one request. */
export type CredentialHeaders = () => Promise<Record<string, string>>;

/**
 * Opens a credential file: the JSON that the target's secret holds on AWS.
 *
 * @throws UsageError that shows no value
 */
export async function openCredentialFile(file: string | undefined): Promise<CredentialHeaders> {
  if (file === undefined) return async () => ({});
  const headers = parse(file, await read(file));
  return async () => headers;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The credential file cannot be read: ${messageOf(error)}`);
  }
}

function parse(file: string, text: string): Record<string, string> {
  try {
    return parseTargetCredential(text);
  } catch (error) {
    if (!(error instanceof SecretFormatError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}

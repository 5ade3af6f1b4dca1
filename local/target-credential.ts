import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ensureSecret } from '../lib/aws/ensure-secret.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { messageOf } from '../lib/errors.ts';
import { parseCredential } from '../lib/target/credential-secret.ts';
import { IDENTITY, NAMES } from './layout.ts';

/** How often the file is looked at for a change. */
const LOOK_MS = 1000;

/**
 * The text of a file that holds the target's credential, as the secret holds it on AWS. Rejects where it cannot be read or used, with
 * an error that names the file and shows no value.
 */
export async function readCredentialFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    parseCredential(text);
    return text;
  } catch (error) {
    throw new Error(`--target-credential ${path}: ${messageOf(error)}`);
  }
}

/** Puts a credential into the local run's secret, from which dispatch reads it. */
export async function putTargetCredential(secretsManagerUrl: string, text: string): Promise<void> {
  const client = createSecretsManagerClient({
    endpoint: secretsManagerUrl,
    identity: IDENTITY,
    attemptTimeoutMs: 5000,
  });
  try {
    await ensureSecret(client, NAMES.targetCredentialSecret, () => text);
  } finally {
    client.destroy();
  }
}

/**
 * Puts the file into the secret again whenever it changes, until the returned function is called. A file that is bad then, or in the
 * middle of being written, is told of and the last good one stays in use.
 */
export function followCredentialFile(options: {
  path: string;
  put: (text: string) => Promise<void>;
  tell: (line: string) => void;
}): () => void {
  const { path, put, tell } = options;
  const update = () =>
    readCredentialFile(path)
      .then(put)
      .then(
        () => tell(`The target's credential is replaced: ${path} has changed.`),
        (error) => tell(`The target's credential stays as it was: ${messageOf(error)}`),
      );
  const looked = (now: { mtimeMs: number }, before: { mtimeMs: number }) => {
    if (now.mtimeMs !== before.mtimeMs) void update();
  };
  watchFile(path, { persistent: false, interval: LOOK_MS }, looked);
  return () => unwatchFile(path, looked);
}

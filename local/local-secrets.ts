import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureSecret } from '../lib/aws/ensure-secret.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { messageOf } from '../lib/errors.ts';
import { hashApiKey } from '../lib/ingest/api-key.ts';
import { parseApiKeys } from '../lib/ingest/api-key-secret.ts';
import { parseCredential } from '../lib/target/credential-secret.ts';
import { parseCollectorHeaders } from '../lib/traces/collector-headers.ts';
import { IDENTITY, NAMES } from './layout.ts';

/** Makes the local run's secret accept this key, under the name `local`; other keys in it stay. */
export function acceptLocalKey(secretsManagerUrl: string, apiKey: string): Promise<void> {
  return putSecret(secretsManagerUrl, NAMES.apiKeysSecret, (current) =>
    withLocalKey(current, apiKey),
  );
}

async function putSecret(
  secretsManagerUrl: string,
  secretId: string,
  change: (current: string | undefined) => string,
): Promise<void> {
  const client = createSecretsManagerClient({
    endpoint: secretsManagerUrl,
    identity: IDENTITY,
    attemptTimeoutMs: 5000,
  });
  try {
    await ensureSecret(client, secretId, change);
  } finally {
    client.destroy();
  }
}

/** Returns the secret's text with this key added; one that is damaged is replaced. Pure. */
export function withLocalKey(current: string | undefined, apiKey: string): string {
  const others =
    current === undefined ? [] : keysIn(current).filter(({ name }) => name !== 'local');
  const entries = others.map(({ name, sha256 }) => [name, sha256]);
  return JSON.stringify(Object.fromEntries([...entries, ['local', hashApiKey(apiKey)]]));
}

function keysIn(text: string) {
  try {
    return parseApiKeys(text);
  } catch {
    return [];
  }
}

/** Interval at which the file is checked for a change, in milliseconds. */
const CHECK_MS = 1000;

/** A secret of the local run whose value comes from a file, as the secret holds it on AWS. */
interface SecretFile {
  path: string;
  /** Flag that names the file. */
  flag: string;
  secretId: string;
  /** Subject of a sentence. */
  name: string;
  /** Throws an error that shows no value. */
  parse: (text: string) => unknown;
}

/** A file with the target's credential. */
export const targetCredentialFile = (path: string): SecretFile => ({
  path,
  flag: '--target-credential',
  secretId: NAMES.targetCredentialSecret,
  name: "The target's credential",
  parse: parseCredential,
});

/** A file with the headers of requests to the collector of spans. */
export const otlpHeadersFile = (path: string): SecretFile => ({
  path,
  flag: '--otlp-headers',
  secretId: NAMES.otlpHeadersSecret,
  name: 'The secret of the OTLP headers',
  parse: parseCollectorHeaders,
});

/** Reads the file of a secret. Rejects where it cannot be read or used, with an error that names the file and shows no value. */
export async function readSecretFile({ path, flag, parse }: SecretFile): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    parse(text);
    return text;
  } catch (error) {
    throw new Error(`${flag} ${path}: ${messageOf(error)}`);
  }
}

/**
 * Puts the text of a file into a secret of the local run: `text` now, and the file again whenever
 * its content is another, until the returned function is called. While the file is bad or in the middle of being written, or the secret
 * cannot be put, the last good one stays in use; this is printed once, and the file is read again every second.
 *
 * The content is compared and not the file's times: two writes within the clock tick of a file system look like one.
 */
export async function keepSecret(
  file: SecretFile,
  options: { secretsManagerUrl: string; text: string; tell: (line: string) => void },
): Promise<() => void> {
  const { secretsManagerUrl, tell } = options;
  const { path, name } = file;
  const put = (text: string) => putSecret(secretsManagerUrl, file.secretId, () => text);
  await put(options.text);
  let inUse = options.text;
  let told = '';
  const update = async () => {
    const text = await readSecretFile(file);
    if (text === inUse) return '';
    await put(text);
    inUse = text;
    return `${name} is replaced: ${path} has changed.`;
  };
  const over = new AbortController();
  const pause = () => delay(CHECK_MS, true, { signal: over.signal, ref: false }).catch(() => false);
  const watch = async () => {
    while (await pause()) {
      const line = await update().catch((error) => `${name} stays as it was: ${messageOf(error)}`);
      if (line !== '' && line !== told && !over.signal.aborted) tell(line);
      told = line;
    }
  };
  void watch();
  return () => over.abort();
}

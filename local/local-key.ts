import { ensureSecret } from '../lib/aws/ensure-secret.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { hashApiKey } from '../lib/ingest/api-key.ts';
import { parseApiKeys } from '../lib/ingest/api-key-secret.ts';
import { IDENTITY, NAMES } from './layout.ts';

/** Has the local run's secret accept this key, under the name `local`; other keys in it stay. */
export async function acceptLocalKey(secretsManagerUrl: string, apiKey: string): Promise<void> {
  const client = createSecretsManagerClient({
    endpoint: secretsManagerUrl,
    identity: IDENTITY,
    attemptTimeoutMs: 5000,
  });
  await ensureSecret(client, NAMES.apiKeysSecret, (current) => withLocalKey(current, apiKey));
  client.destroy();
}

/** The secret's text with this key added; one that is damaged is replaced. Pure. */
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

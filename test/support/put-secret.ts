import { ensureSecret } from '../../lib/aws/ensure-secret.ts';
import { createSecretsManagerClient } from '../../lib/aws/secrets-manager-client.ts';
import { IDENTITY } from '../../local/layout.ts';

/** Has a secret of the emulator hold this text. */
export async function putSecret(endpoint: string, secretId: string, text: string): Promise<void> {
  const client = createSecretsManagerClient({ endpoint, identity: IDENTITY });
  await ensureSecret(client, secretId, () => text);
  client.destroy();
}

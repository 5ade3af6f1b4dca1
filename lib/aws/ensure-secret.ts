import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** Makes a secret, or a new version of it, hold what `update` makes of its current text (`undefined`: there is none). */
export async function ensureSecret(
  client: SecretsManagerClient,
  name: string,
  update: (current: string | undefined) => string,
): Promise<{ changed: boolean }> {
  const current = await client
    .send(new GetSecretValueCommand({ SecretId: name }))
    .catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    });
  const text = update(current?.SecretString);
  if (text === current?.SecretString) return { changed: false };
  await (current
    ? client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }))
    : client.send(new CreateSecretCommand({ Name: name, SecretString: text })));
  return { changed: true };
}

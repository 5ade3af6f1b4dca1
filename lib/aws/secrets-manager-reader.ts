import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { messageOf, SecretFormatError, SecretUnavailableError } from '../errors.ts';
import type { ReadSecret } from '../ports.ts';

/**
 * Reads the current version of one secret (name or ARN) with `GetSecretValue`. Rejects with a `SecretUnavailableError` that names the
 * service's exception, or with a `SecretFormatError` when the secret holds bytes instead of text.
 */
export function createSecretReader(client: SecretsManagerClient, secretId: string): ReadSecret {
  return async (abortSignal) => {
    const text = await client
      .send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal })
      .then(({ SecretString }) => SecretString)
      .catch((error: Error) => {
        const reason = `${error.name}: ${messageOf(error)}`;
        throw new SecretUnavailableError(`${secretId} cannot be read: ${reason}`, { cause: error });
      });
    if (text !== undefined) return text;
    throw new SecretFormatError(`${secretId} holds bytes: store it as text (SecretString)`);
  };
}

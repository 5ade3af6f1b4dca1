import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';
import { keepAliveHandler } from './keep-alive-handler.ts';

interface SecretsManagerClientOptions {
  /** Only for an emulator; on AWS the SDK finds the service itself. */
  endpoint?: string | undefined;
  /** Where absent, the environment says: on AWS it always does. */
  identity?: AwsIdentity;
  /** Attempts of one call, the first included. Default 2. */
  maxAttempts?: number;
  /** How long one attempt may take, connection included, in milliseconds. Default 700. */
  attemptTimeoutMs?: number;
}

/** A Secrets Manager client for the way of a request: short timeouts, one quick second attempt, a connection that stays open. */
export function createSecretsManagerClient(
  options: SecretsManagerClientOptions = {},
): SecretsManagerClient {
  const { endpoint, identity, maxAttempts = 2, attemptTimeoutMs = 700 } = options;
  return new SecretsManagerClient({
    ...emulatorAt(endpoint),
    ...identity,
    maxAttempts,
    requestHandler: keepAliveHandler(attemptTimeoutMs, 2),
  });
}

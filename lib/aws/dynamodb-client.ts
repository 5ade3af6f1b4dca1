import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';

export interface DynamoDbClientOptions {
  /** Only for an emulator; on AWS the SDK finds the service itself. */
  endpoint?: string | undefined;
  /** Where absent, the environment says: on AWS it always does. */
  identity?: AwsIdentity;
  /** Attempts of one call, the first included. Default 3. */
  maxAttempts?: number;
  /** How long one attempt may take, connection included, in milliseconds. Default 1,000. */
  attemptTimeoutMs?: number;
}

/** A DynamoDB client for small items: short timeouts, and connections that stay open between calls. */
export function createDynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const { endpoint, identity, maxAttempts = 3, attemptTimeoutMs = 1000 } = options;
  const agent = { keepAlive: true, maxSockets: 2 };
  return new DynamoDBClient({
    ...emulatorAt(endpoint),
    ...identity,
    maxAttempts,
    // The middleware of a command is put together once, not for each call.
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: attemptTimeoutMs,
      requestTimeout: attemptTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  });
}

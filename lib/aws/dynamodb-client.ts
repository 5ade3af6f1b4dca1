import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';
import { keepAliveHandler } from './keep-alive-handler.ts';
import { withoutLogger } from './without-logger.ts';

interface DynamoDbClientOptions {
  /** Only for an emulator; on AWS the SDK finds the service itself. */
  endpoint?: string | undefined;
  /** Default: that of the environment, which AWS provides. */
  identity?: AwsIdentity;
  /** Attempts of one call, the first included. Default 3. */
  maxAttempts?: number;
  /** Most time of one attempt, connection included, in milliseconds. Default 1,000. */
  attemptTimeoutMs?: number;
  /** Most calls at once. Default 2. */
  maxConnections?: number;
}

/** A DynamoDB client for small items: short timeouts, and connections that stay open between calls. */
export function createDynamoDbClient(options: DynamoDbClientOptions = {}): DynamoDBClient {
  const {
    endpoint,
    identity,
    maxAttempts = 3,
    attemptTimeoutMs = 1000,
    maxConnections = 2,
  } = options;
  return withoutLogger(
    new DynamoDBClient({
      ...emulatorAt(endpoint),
      ...identity,
      maxAttempts,
      // The middleware of a command is put together once, not for each call.
      cacheMiddleware: true,
      requestHandler: keepAliveHandler(attemptTimeoutMs, maxConnections),
    }),
  );
}

import { KinesisClient } from '@aws-sdk/client-kinesis';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';
import { keepAliveHandler } from './keep-alive-handler.ts';
import { withoutLogger } from './without-logger.ts';

interface KinesisClientOptions {
  /** Only for an emulator; on AWS the SDK finds the service itself. */
  endpoint?: string | undefined;
  /** Where absent, the environment says: on AWS it always does. */
  identity?: AwsIdentity;
  /** Attempts of one call, the first included. Default 3. */
  maxAttempts?: number;
  /** How long one attempt may take, connection included, in milliseconds. Default 5,000. */
  attemptTimeoutMs?: number;
  /** Connections kept open. Default 50. */
  maxConnections?: number;
}

/**
 * A Kinesis client that keeps its connections: the SDK's default handler opens one HTTP/2 session per request
 * (aws/aws-sdk-js-v3 issue 8279), which costs a TLS handshake each time.
 */
export function createKinesisClient(options: KinesisClientOptions = {}): KinesisClient {
  const {
    endpoint,
    identity,
    maxAttempts = 3,
    attemptTimeoutMs = 5000,
    maxConnections = 50,
  } = options;
  return withoutLogger(
    new KinesisClient({
      ...emulatorAt(endpoint),
      ...identity,
      maxAttempts,
      // The middleware of a command is put together once, not for each call.
      cacheMiddleware: true,
      requestHandler: keepAliveHandler(attemptTimeoutMs, maxConnections),
    }),
  );
}

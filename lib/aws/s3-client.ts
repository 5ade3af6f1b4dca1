import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';
import { withoutLogger } from './without-logger.ts';

interface S3ClientOptions {
  /** Only for an emulator, which is addressed by path since it has no name for each bucket. */
  endpoint?: string | undefined;
  identity?: AwsIdentity;
  /** Where absent, the environment says. */
  region?: string;
  /** Attempts of one call, the first included. Default 3. */
  maxAttempts?: number;
  /** How long one attempt may take, connection included, in milliseconds. No limit by default: objects may be large. */
  attemptTimeoutMs?: number;
}

export function createS3Client(options: S3ClientOptions = {}): S3Client {
  const { endpoint, identity, region, maxAttempts = 3, attemptTimeoutMs } = options;
  return withoutLogger(
    new S3Client({
      ...emulatorAt(endpoint),
      forcePathStyle: endpoint !== undefined && endpoint !== '',
      ...(region ? { region } : {}),
      ...identity,
      maxAttempts,
      ...(attemptTimeoutMs
        ? {
            requestHandler: new NodeHttpHandler({
              connectionTimeout: attemptTimeoutMs,
              requestTimeout: attemptTimeoutMs,
              throwOnRequestTimeout: true,
            }),
          }
        : {}),
    }),
  );
}

import { TimestreamWriteClient } from '@aws-sdk/client-timestream-write';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';
import { withoutLogger } from './without-logger.ts';

interface TimestreamClientOptions {
  /** Only for an emulator. On AWS the SDK asks the service for the endpoint of the account's cell, and keeps the answer. */
  endpoint?: string | undefined;
  /** Where absent, the environment says. */
  identity?: AwsIdentity;
}

/** How long one call may take, in milliseconds: first to connect, then to be answered. */
const CONNECT_TIMEOUT_MS = 1500;
const ANSWER_TIMEOUT_MS = 5000;

/** A client that makes one attempt a call: the writer has its own rounds, which end with the invocation's time. */
export function createTimestreamWriteClient({
  endpoint,
  identity,
}: TimestreamClientOptions = {}): TimestreamWriteClient {
  return withoutLogger(
    new TimestreamWriteClient({
      ...emulatorAt(endpoint),
      ...identity,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      }),
    }),
  );
}

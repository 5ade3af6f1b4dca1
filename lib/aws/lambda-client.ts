import { LambdaClient } from '@aws-sdk/client-lambda';
import { emulatorAt } from './endpoint.ts';
import type { AwsIdentity } from './identity.ts';

/** A client of the Lambda API; with an `endpoint`, of an emulator's. */
export function createLambdaClient(
  options: { endpoint?: string; identity?: AwsIdentity } = {},
): LambdaClient {
  const { endpoint, identity } = options;
  return new LambdaClient({ ...emulatorAt(endpoint), ...identity });
}

import { S3Client } from '@aws-sdk/client-s3';
import type { AwsIdentity } from './identity.ts';

/** An S3 client; with an `endpoint`, an emulator's, addressed by path since it has no name for each bucket. */
export function createS3Client(
  options: { endpoint?: string; identity?: AwsIdentity; region?: string } = {},
): S3Client {
  const { endpoint, identity, region } = options;
  return new S3Client({
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    ...(region ? { region } : {}),
    ...identity,
  });
}

import {
  CreateBucketCommand,
  HeadBucketCommand,
  NotFound,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Creates the bucket unless it is there already. Meant for emulators: on AWS, Terraform owns the buckets. */
export async function ensureBucket(
  client: S3Client,
  bucket: string,
): Promise<{ created: boolean }> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return { created: false };
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { created: true };
}

import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore, ObjectSummary } from '../object-store.ts';

/** Objects in one S3 bucket. Errors keep the names S3 gives them; retries and timeouts are those of `client`. */
export function createS3ObjectStore(options: { client: S3Client; bucket: string }): ObjectStore {
  const { client, bucket: Bucket } = options;
  return {
    async put(Key, body, { contentType: ContentType, contentEncoding }) {
      // The SDK takes an empty string for no body at all, and complains.
      const Body = typeof body === 'string' ? Buffer.from(body) : body;
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          ContentType,
          ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
        }),
      );
    },

    async get(Key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    async stream(Key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        // Under Node, the SDK's body is a stream of Node (smithy's `NodeJsRuntimeStreamingBlobPayloadOutputTypes`).
        return Body as Readable | undefined;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    list: (prefix) => listObjects(client, Bucket, prefix),

    async delete(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

async function* listObjects(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<ObjectSummary> {
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || LastModified === undefined) continue;
      yield { key: Key, size: Size ?? 0, lastModified: LastModified };
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

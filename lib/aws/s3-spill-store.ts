import { randomUUID } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { messageOf, SpillUnavailableError } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { SpillStore } from '../ports.ts';
import { spillKey } from '../recover/spill-key.ts';

/** Writes each fact to an object of its own. Retries are the caller's: give `client` one attempt. */
export function createS3SpillStore(client: S3Client, bucket: string): SpillStore {
  return {
    async write(fact, signal) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: spillKey(fact, randomUUID()),
        Body: encodeFact(fact),
        ContentType: 'application/json',
      });
      try {
        await client.send(command, { abortSignal: signal });
      } catch (error) {
        throw new SpillUnavailableError(
          `The bucket ${bucket} did not take the fact of event ${fact.eventId}: ${messageOf(error)}`,
          { cause: error },
        );
      }
    },
  };
}

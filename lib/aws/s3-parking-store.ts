import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { messageOf, SpillUnavailableError } from '../errors.ts';
import { encodeFact } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { Clock, ParkingStore } from '../ports.ts';
import { behindKey, parkedKey } from '../recover/spill-key.ts';

const ATTEMPTS = 2;

/** A quarter of the time for which `recover` heeds an object (`BEHIND_FOR_MS` in release-parked.ts): a few may fail. */
const NOTE_EVERY_MS = 30_000;

/**
 * Parks each event in an object of its own, under a key that the same delivery with the same due time has again. Makes two attempts
 * at each object; `client` makes one a call, within its own timeout.
 */
export function createS3ParkingStore(options: {
  client: S3Client;
  bucket: string;
  clock: Clock;
  log: Log;
}): ParkingStore {
  const { client, bucket, clock, log } = options;
  const notedMs = new Map<string, number>();

  async function put(Key: string, Body: Uint8Array): Promise<void> {
    for (let attempt = 1; ; attempt++)
      try {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/json' }),
        );
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
  }

  return {
    async park(fact: ReceivedFact, dueMs: number) {
      try {
        await put(parkedKey(fact, dueMs), encodeFact(fact));
      } catch (error) {
        throw new SpillUnavailableError(
          `The bucket ${bucket} did not take event ${fact.eventId}, which was to be parked: ${messageOf(error)}`,
          { cause: error },
        );
      }
    },

    async noteBehind(shardId) {
      const nowMs = clock.now();
      if (nowMs - (notedMs.get(shardId) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return;
      notedMs.set(shardId, nowMs);
      const at = new Date(nowMs).toISOString();
      await put(behindKey(shardId), Buffer.from(JSON.stringify({ at }))).catch((error) => {
        log.warn(
          'The note that dispatch is behind was not written: recover may release parked events',
          {
            shardId,
            error: messageOf(error),
          },
        );
      });
    },
  };
}

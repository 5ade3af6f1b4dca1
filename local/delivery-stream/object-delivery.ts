import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Backoff, fullJitterDelayMs } from '../../lib/backoff.ts';
import { messageOf } from '../../lib/errors.ts';
import type { PutOptions } from '../../lib/object-store.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { DeliveryStreamOptions } from './delivery-stream.ts';
import { objectKey } from './object-key.ts';
import type { ClosedBuffer } from './record-buffer.ts';

interface ObjectDeliveryOptions
  extends Pick<DeliveryStreamOptions, 'name' | 'objects' | 'checkpoints' | 'onError'> {
  settings: DeliverySettings;
  sleep: (ms: number) => Promise<void>;
  /** True once the number of attempts is limited. */
  isEnding: () => boolean;
}

/**
 * Puts closed buffers into the store, one at a time. The checkpoints follow the object and never lead it: ending in
 * between delivers its records twice, and loses none.
 */
export class ObjectDelivery {
  readonly #options: ObjectDeliveryOptions;
  #unsaved: Record<string, string> = {};

  constructor(options: ObjectDeliveryOptions) {
    this.#options = options;
  }

  /** Tries until it succeeds; rejects only when the end has come and the store still refuses. */
  async deliver(closed: ClosedBuffer): Promise<void> {
    if (closed.records > 0) {
      const { name, settings } = this.#options;
      await this.#put(await toStoredObject(name, closed, settings), closed.records);
    }
    await this.#save(closed.positions);
  }

  async #put({ key, body, options }: StoredObject, records: number): Promise<void> {
    const { objects, sleep, isEnding, onError } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        return await objects.put(key, body, options);
      } catch (cause) {
        onError(
          new Error(`${key} was not put, attempt ${failures}: ${messageOf(cause)}`, { cause }),
        );
        if (isEnding() && failures >= LAST_ATTEMPTS) {
          const message = `${records} records are not delivered; the next start reads them again`;
          throw new Error(message, { cause });
        }
        await sleep(retryDelayMs(failures));
      }
    }
  }

  /** What cannot be saved now is saved with the next object. */
  async #save(positions: Record<string, string>): Promise<void> {
    Object.assign(this.#unsaved, positions);
    if (Object.keys(this.#unsaved).length === 0) return;
    try {
      await this.#options.checkpoints.save(this.#unsaved);
      this.#unsaved = {};
    } catch (cause) {
      const error = new Error(`checkpoints were not saved: ${messageOf(cause)}`, { cause });
      if (this.#options.isEnding()) throw error;
      this.#options.onError(error);
    }
  }
}

const gzipAsync = promisify(gzip);

/** An object as it goes to the store: every attempt puts the same one, so that a repeat is no duplicate. */
interface StoredObject {
  key: string;
  body: Uint8Array;
  options: PutOptions;
}

async function toStoredObject(
  streamName: string,
  closed: ClosedBuffer,
  settings: DeliverySettings,
): Promise<StoredObject> {
  const { prefix } = settings;
  const { oldestArrivalMs } = closed;
  return {
    key: objectKey({ prefix, streamName, oldestArrivalMs, uuid: randomUUID() }),
    body: await gzipAsync(closed.body),
    options: { contentType: 'application/octet-stream', contentEncoding: 'gzip' },
  };
}

/** Attempts while a flush or a stop waits; otherwise there is no limit. */
export const LAST_ATTEMPTS = 3;

const BACKOFF: Backoff = { baseMs: 200, maxMs: 10_000 };

export function retryDelayMs(failures: number): number {
  return fullJitterDelayMs(failures, BACKOFF);
}

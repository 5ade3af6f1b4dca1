import { messageOf } from '../../lib/errors.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { Alarm } from './alarm.ts';
import type { DeliveryCheckpoints } from './checkpoints.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { ClosedBuffer } from './record-buffer.ts';
import { LAST_ATTEMPTS, retryDelayMs } from './retrying.ts';
import { type StoredObject, toStoredObject } from './stored-object.ts';

export interface ObjectDeliveryOptions {
  streamName: string;
  settings: DeliverySettings;
  objects: Pick<ObjectStore, 'put'>;
  checkpoints: DeliveryCheckpoints;
  alarm: Alarm;
  /** True once nobody should wait much longer. */
  isEnding: () => boolean;
  onError: (error: Error) => void;
}

/**
 * Puts closed buffers into the store, one at a time. The checkpoints follow the object and never lead it: ending in
 * between delivers its records twice, and loses none.
 */
export class ObjectDelivery {
  readonly #options: ObjectDeliveryOptions;
  #unsaved: Record<string, string> = {};
  #inFlight: ClosedBuffer | undefined;
  #objects = 0;
  #records = 0;
  #failures = 0;

  constructor(options: ObjectDeliveryOptions) {
    this.#options = options;
  }

  get state() {
    return {
      deliveredObjects: this.#objects,
      deliveredRecords: this.#records,
      putFailures: this.#failures,
      inFlight: this.#inFlight,
    };
  }

  /** Tries until it succeeds; rejects only when the end has come and the store still refuses. */
  async deliver(closed: ClosedBuffer): Promise<void> {
    if (closed.records > 0) {
      const { streamName, settings } = this.#options;
      this.#inFlight = closed;
      await this.#put(await toStoredObject(streamName, closed, settings), closed.records);
      this.#inFlight = undefined;
      this.#objects += 1;
      this.#records += closed.records;
    }
    await this.#save(closed.positions);
  }

  async #put({ key, body, options }: StoredObject, records: number): Promise<void> {
    const { objects, alarm, isEnding, onError } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        return await objects.put(key, body, options);
      } catch (cause) {
        this.#failures += 1;
        onError(
          new Error(`${key} was not put, attempt ${failures}: ${messageOf(cause)}`, { cause }),
        );
        if (isEnding() && failures >= LAST_ATTEMPTS) {
          const message = `${records} records are not delivered; the next start reads them again`;
          throw new Error(message, { cause });
        }
        await alarm.sleep(retryDelayMs(failures));
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

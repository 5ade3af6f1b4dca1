import type { Clock } from '../../lib/ports.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import { retryBackoffMs } from './retry-backoff.ts';

export interface CheckpointWriterOptions {
  shardId: string;
  store: CheckpointStore;
  clock: Clock;
  random: () => number;
  stop: AbortSignal;
  onEvent: OnMappingEvent;
}

/**
 * Saves a shard's latest checkpoint behind the delivery's back: what changes during one save goes
 * into the next. A failed save is tried again; until it succeeds, a restart only repeats more.
 */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  #latest: Checkpoint | undefined;
  #saved: Checkpoint | undefined;
  #saving: Promise<void> | undefined;

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
  }

  update(checkpoint: Checkpoint): void {
    this.#latest = checkpoint;
    this.#saving ??= this.#save();
  }

  /** Resolves once the latest checkpoint is saved, or, when stopping, could not be saved even at last. */
  async flush(): Promise<void> {
    await this.#saving;
    if (this.#latest !== this.#saved) await this.#save();
  }

  async #save(): Promise<void> {
    const { shardId, store, clock, random, stop, onEvent } = this.#options;
    let failures = 0;
    while (this.#latest !== undefined && this.#latest !== this.#saved) {
      const checkpoint = this.#latest;
      try {
        await store.save(shardId, checkpoint);
        this.#saved = checkpoint;
        failures = 0;
      } catch (error) {
        failures += 1;
        onEvent({ type: 'checkpointFailed', shardId, error });
        if (stop.aborted) break;
        await clock.sleep(retryBackoffMs(failures, random), stop);
      }
    }
    this.#saving = undefined;
  }
}

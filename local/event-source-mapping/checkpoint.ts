import * as v from 'valibot';
import type { StreamPosition } from '../../lib/ports.ts';
import { openCheckpointFile } from '../checkpoint-file.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import { type RetryContext, retryUntilStopped } from './retrying.ts';

/** A position that still means the same tomorrow; `LATEST` does not. */
export type FixedPosition = Exclude<StreamPosition, { type: 'LATEST' }>;

/** The settled part of a shard: everything up to `position`, or all of a closed shard. */
export type Checkpoint = { state: 'reading'; position: FixedPosition } | { state: 'finished' };

/** Keeps checkpoints over a restart. */
export interface CheckpointStore {
  /** Undefined for a shard that was never saved. Rejects when what was saved cannot be read. */
  load(shardId: string): Promise<Checkpoint | undefined>;
  save(shardId: string, checkpoint: Checkpoint): Promise<void>;
}

/**
 * The part of one shard that has been read, and the part of that which is settled, over all its lanes.
 *
 * Promise: every record up to `settledPosition` is settled, so starting there after a crash repeats
 * records but loses none. Its memory grows with the unsettled records only.
 */
export class Settlement {
  #read: FixedPosition;
  /** Sequence number → the position just before it. In the order of the shard, as a Map keeps the order of insertion. */
  readonly #unsettled = new Map<string, FixedPosition>();

  constructor(start: FixedPosition) {
    this.#read = start;
  }

  /** Where reading goes on. */
  get readPosition(): FixedPosition {
    return this.#read;
  }

  get settledPosition(): FixedPosition {
    return this.#unsettled.values().next().value ?? this.#read;
  }

  /** A record was read and is to be delivered. */
  expect(sequenceNumber: string): void {
    this.#unsettled.set(sequenceNumber, this.#read);
    this.skip(sequenceNumber);
  }

  /** A record was read and needs no delivery. */
  skip(sequenceNumber: string): void {
    this.#read = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber };
  }

  /** A record was delivered, or given up for good. */
  settle(sequenceNumber: string): void {
    this.#unsettled.delete(sequenceNumber);
  }
}

interface WriterContext extends RetryContext {
  checkpoints: CheckpointStore;
  onEvent: OnMappingEvent;
}

/**
 * Saves a shard's latest checkpoint in the background: what changes during one save goes
 * into the next. A failed save is tried again; until it succeeds, a restart only repeats more.
 */
export class CheckpointWriter {
  readonly #shardId: string;
  readonly #context: WriterContext;
  #latest: Checkpoint | undefined;
  #saved: Checkpoint | undefined;
  #saving: Promise<void> | undefined;

  constructor(shardId: string, context: WriterContext) {
    this.#shardId = shardId;
    this.#context = context;
  }

  update(checkpoint: Checkpoint): void {
    this.#latest = checkpoint;
    this.#saving ??= this.#save();
  }

  /** Resolves once the latest checkpoint is saved, or its last save failed while stopping. */
  async flush(): Promise<void> {
    await this.#saving;
    if (this.#latest !== this.#saved) await this.#save();
  }

  async #save(): Promise<void> {
    const { onEvent } = this.#context;
    const onFailure = (error: unknown) =>
      onEvent({ type: 'checkpointFailed', shardId: this.#shardId, error });
    while (this.#latest !== this.#saved) {
      if (!(await retryUntilStopped(() => this.#saveLatest(), onFailure, this.#context))) break;
    }
    this.#saving = undefined;
  }

  async #saveLatest(): Promise<void> {
    const checkpoint = this.#latest;
    if (checkpoint) await this.#context.checkpoints.save(this.#shardId, checkpoint);
    this.#saved = checkpoint;
  }
}

const positionSchema = v.variant('type', [
  v.object({ type: v.literal('TRIM_HORIZON') }),
  v.object({ type: v.literal('AT_TIMESTAMP'), timestampMs: v.number() }),
  v.object({
    type: v.literal('AFTER_SEQUENCE_NUMBER'),
    sequenceNumber: v.pipe(v.string(), v.digits()),
  }),
]);

const fileSchema = v.record(
  v.string(),
  v.variant('state', [
    v.object({ state: v.literal('reading'), position: positionSchema }),
    v.object({ state: v.literal('finished') }),
  ]),
);

/** Keeps one mapping's checkpoints in one JSON file, which this store alone may write. */
export function createFileCheckpointStore(path: string): CheckpointStore {
  const file = openCheckpointFile(path, fileSchema, 'start over from the starting position');
  return {
    load: async (shardId) => (await file.load())[shardId],
    save: (shardId, checkpoint) => file.save({ [shardId]: checkpoint }),
  };
}

import type { StreamPage, StreamPosition, StreamReader, StreamRecord } from '../../lib/ports.ts';
import { type DeliveryCheckpoints, SHARD_END } from './checkpoints.ts';

/** The stream's shards, each read onwards from its checkpoint. No order holds between parents and children. */
export class ShardSet {
  readonly #reader: StreamReader;
  readonly #checkpoints: DeliveryCheckpoints;
  /** A shard that was delivered to its end by an earlier run has no cursor. */
  readonly #cursors = new Map<string, ShardCursor | undefined>();

  constructor(reader: StreamReader, checkpoints: DeliveryCheckpoints) {
    this.#reader = reader;
    this.#checkpoints = checkpoints;
  }

  /** Picks up the shards that are new since the last time. */
  async discover(): Promise<void> {
    for (const { shardId } of await this.#reader.listShards()) {
      if (this.#cursors.has(shardId)) continue;
      const checkpoint = await this.#checkpoints.load(shardId);
      this.#cursors.set(
        shardId,
        checkpoint === SHARD_END ? undefined : new ShardCursor(this.#reader, shardId, checkpoint),
      );
    }
  }

  /** The shards that may still have records. */
  unended(): ShardCursor[] {
    const cursors = [...this.#cursors.values()].filter((cursor) => cursor !== undefined);
    return cursors.filter((cursor) => !cursor.ended);
  }
}

/** Reads one shard onwards from a position, reopening its iterator when that has expired. */
export class ShardCursor {
  readonly shardId: string;
  readonly #reader: StreamReader;
  #position: StreamPosition;
  #iterator: string | undefined;
  /** True once a closed shard has been read to its end. */
  ended = false;

  constructor(reader: StreamReader, shardId: string, lastSequenceNumber: string | undefined) {
    this.#reader = reader;
    this.shardId = shardId;
    this.#position =
      lastSequenceNumber === undefined ? { type: 'TRIM_HORIZON' } : after(lastSequenceNumber);
  }

  /** The next records, at most `limit`; rejects with whatever the reader does, and can then be called again. */
  async read(limit: number): Promise<{ records: StreamRecord[]; atTip: boolean }> {
    const page = await this.#readPage(limit);
    const last = page.records.at(-1);
    if (last) this.#position = after(last.sequenceNumber);
    this.#iterator = page.nextIterator;
    this.ended = page.nextIterator === undefined;
    return {
      records: page.records,
      atTip: page.millisBehindLatest === 0 && page.records.length < limit,
    };
  }

  async #readPage(limit: number): Promise<StreamPage> {
    this.#iterator ??= await this.#open();
    try {
      return await this.#reader.read(this.#iterator, limit);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ExpiredIteratorException') throw error;
      this.#iterator = await this.#open();
      return this.#reader.read(this.#iterator, limit);
    }
  }

  #open(): Promise<string> {
    return this.#reader.open(this.shardId, this.#position);
  }
}

function after(sequenceNumber: string): StreamPosition {
  return { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber };
}

import type { StreamReader } from '../../lib/ports.ts';
import { type DeliveryCheckpoints, SHARD_END } from './checkpoints.ts';
import { ShardCursor } from './shard-cursor.ts';

export interface ShardState {
  shardId: string;
  /** How far reading is behind the shard's tip, in milliseconds. */
  iteratorAgeMs: number;
  /** Closed, and read to its end. */
  ended: boolean;
}

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

  state(nowMs: number): ShardState[] {
    return [...this.#cursors].map(([shardId, cursor]) => ({
      shardId,
      iteratorAgeMs: cursor?.lagMs(nowMs) ?? 0,
      ended: cursor?.ended ?? true,
    }));
  }
}

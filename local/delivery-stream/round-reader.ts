import { messageOf } from '../../lib/errors.ts';
import type { Clock } from '../../lib/ports.ts';
import { type BufferLimits, isFull } from './buffering.ts';
import type { RecordBuffer } from './record-buffer.ts';
import type { ShardCursor } from './shard-cursor.ts';
import type { ShardSet } from './shard-set.ts';

/** At most this many records a read; Kinesis answers with at most 10 MiB anyway. */
const READ_LIMIT = 2_000;

/** `behind`: there is more to read at once. `failed`: part of the round is to be tried again later. */
export type Round = { outcome: 'behind' | 'atTip' } | { outcome: 'failed'; error: Error };

export interface RoundReaderOptions {
  shards: ShardSet;
  buffer: RecordBuffer;
  settings: BufferLimits;
  clock: Clock;
  /** Must empty the buffer; reading waits for it. */
  onFull: () => Promise<void>;
  onError: (error: Error) => void;
}

/** Reads the stream into the buffer, round by round. A shard that fails does not hold up the others. */
export class RoundReader {
  readonly #options: RoundReaderOptions;

  constructor(options: RoundReaderOptions) {
    this.#options = options;
  }

  /** Reads every shard once. A shard whose records arrived after `untilMs` does not count as behind. */
  async read(untilMs = Number.POSITIVE_INFINITY): Promise<Round> {
    let round = await this.#discover();
    for (const cursor of this.#options.shards.unended()) {
      const read = await this.#readShard(cursor, untilMs);
      if (round.outcome !== 'failed' && read.outcome !== 'atTip') round = read;
    }
    return round;
  }

  async #discover(): Promise<Round> {
    try {
      await this.#options.shards.discover();
      return { outcome: 'atTip' };
    } catch (cause) {
      return this.#failed('the shards were not listed', cause);
    }
  }

  async #readShard(cursor: ShardCursor, untilMs: number): Promise<Round> {
    const { buffer, settings, clock, onFull } = this.#options;
    const page = await cursor
      .read(READ_LIMIT, clock.now())
      .catch((cause: unknown) => this.#failed(`${cursor.shardId} was not read`, cause));
    if ('outcome' in page) return page;
    for (const record of page.records) {
      buffer.add(record, clock.now());
      if (isFull(buffer, settings)) await onFull();
    }
    if (cursor.ended) buffer.endShard(cursor.shardId);
    const newestMs = page.records.at(-1)?.approximateArrivalMs ?? 0;
    const isDone = cursor.ended || page.atTip || newestMs > untilMs;
    return { outcome: isDone ? 'atTip' : 'behind' };
  }

  #failed(what: string, cause: unknown): Round & { outcome: 'failed' } {
    const error = new Error(`${what}: ${messageOf(cause)}`, { cause });
    this.#options.onError(error);
    return { outcome: 'failed', error };
  }
}

import type { StreamPage, StreamPosition, StreamReader, StreamRecord } from '../../lib/ports.ts';

/** Reads one shard onwards from a position, reopening its iterator when that has expired. */
export class ShardCursor {
  readonly shardId: string;
  readonly #reader: StreamReader;
  #position: StreamPosition;
  #iterator: string | undefined;
  #ended = false;
  #behindMs = 0;
  #readAtMs: number | undefined;

  constructor(reader: StreamReader, shardId: string, lastSequenceNumber: string | undefined) {
    this.#reader = reader;
    this.shardId = shardId;
    this.#position =
      lastSequenceNumber === undefined
        ? { type: 'TRIM_HORIZON' }
        : { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: lastSequenceNumber };
  }

  /** True once a closed shard has been read to its end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How far reading is behind the tip of the shard: what the last read said, growing until the next. */
  lagMs(nowMs: number): number {
    if (this.#ended || this.#behindMs === 0 || this.#readAtMs === undefined) return 0;
    return this.#behindMs + (nowMs - this.#readAtMs);
  }

  /** The next records, at most `limit`; rejects with whatever the reader does, and can then be called again. */
  async read(limit: number, nowMs: number): Promise<{ records: StreamRecord[]; atTip: boolean }> {
    const page = await this.#readPage(limit);
    const last = page.records.at(-1);
    if (last) {
      this.#position = {
        type: 'AFTER_SEQUENCE_NUMBER',
        sequenceNumber: last.sequenceNumber,
      };
    }
    this.#iterator = page.nextIterator;
    this.#ended = page.nextIterator === undefined;
    this.#behindMs = page.millisBehindLatest;
    this.#readAtMs = nowMs;
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

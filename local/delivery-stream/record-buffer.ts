import type { StreamRecord } from '../../lib/ports.ts';
import { SHARD_END } from './checkpoints.ts';

const NEWLINE = Buffer.from('\n');

/** What one object will hold, and how far it takes each shard. */
export interface ClosedBuffer {
  /** Uncompressed. */
  body: Buffer;
  records: number;
  /** Milliseconds since the epoch. */
  oldestArrivalMs: number;
  /** Shard → its last sequence number in the body, or `SHARD_END`. */
  positions: Record<string, string>;
}

/** Collects the records of the next object, of whatever shards. */
export class RecordBuffer {
  readonly #appendDelimiter: boolean;
  #chunks: Uint8Array[] = [];
  #positions: Record<string, string> = {};
  #records = 0;
  #bytes = 0;
  #openedAtMs: number | undefined;
  #oldestArrivalMs = Number.POSITIVE_INFINITY;

  constructor(options: { appendDelimiter: boolean }) {
    this.#appendDelimiter = options.appendDelimiter;
  }

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When its first record came, by our clock; absent while there is none. */
  get openedAtMs(): number | undefined {
    return this.#openedAtMs;
  }

  /** Infinity while there is no record. */
  get oldestArrivalMs(): number {
    return this.#oldestArrivalMs;
  }

  add(record: StreamRecord, nowMs: number): void {
    this.#openedAtMs ??= nowMs;
    this.#oldestArrivalMs = Math.min(this.#oldestArrivalMs, record.approximateArrivalMs);
    this.#positions[record.shardId] = record.sequenceNumber;
    this.#records += 1;
    for (const chunk of this.#appendDelimiter ? [record.data, NEWLINE] : [record.data]) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.byteLength;
    }
  }

  /** Notes that the shard has no more records; it may be all that there is to note. */
  endShard(shardId: string): void {
    this.#positions[shardId] = SHARD_END;
  }

  /** Takes everything out. */
  close(): ClosedBuffer {
    const closed = {
      body: Buffer.concat(this.#chunks),
      records: this.#records,
      oldestArrivalMs: this.#oldestArrivalMs,
      positions: this.#positions,
    };
    this.#chunks = [];
    this.#positions = {};
    this.#records = 0;
    this.#bytes = 0;
    this.#openedAtMs = undefined;
    this.#oldestArrivalMs = Number.POSITIVE_INFINITY;
    return closed;
  }
}

import type { StreamRecord } from '../../lib/ports.ts';
import { SHARD_END } from './checkpoints.ts';

interface BufferFill {
  bytes: number;
  /** Absent while the buffer is empty. */
  openedAtMs: number | undefined;
}

interface BufferLimits {
  bufferBytes: number;
  bufferIntervalMs: number;
}

/** Returns true when the object is to be closed now: by size or by time, whichever comes first. */
export function isDue(fill: BufferFill, limits: BufferLimits, nowMs: number): boolean {
  return isFull(fill, limits) || nowMs >= dueAtMs(fill, limits);
}

export function isFull(fill: BufferFill, limits: BufferLimits): boolean {
  return fill.bytes >= limits.bufferBytes;
}

/** The time at which the interval closes the object; Infinity while the buffer is empty. */
export function dueAtMs(fill: BufferFill, limits: BufferLimits): number {
  if (fill.openedAtMs === undefined) return Number.POSITIVE_INFINITY;
  return fill.openedAtMs + limits.bufferIntervalMs;
}

const NEWLINE = Buffer.from('\n');

/** The contents of one object, and how far it takes each shard. */
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
  #chunks: Uint8Array[] = [];
  #positions: Record<string, string> = {};
  #records = 0;
  #bytes = 0;
  #openedAtMs: number | undefined;
  #oldestArrivalMs = Number.POSITIVE_INFINITY;

  get bytes(): number {
    return this.#bytes;
  }

  /** Time of its first record, by our clock; absent while there is none. */
  get openedAtMs(): number | undefined {
    return this.#openedAtMs;
  }

  /** Milliseconds since the epoch; `Infinity` while it is empty. */
  get oldestArrivalMs(): number {
    return this.#oldestArrivalMs;
  }

  /** Adds a record and a newline, as the delivery stream's delimiter has it. */
  add(record: StreamRecord, nowMs: number): void {
    this.#openedAtMs ??= nowMs;
    this.#oldestArrivalMs = Math.min(this.#oldestArrivalMs, record.approximateArrivalMs);
    this.#positions[record.shardId] = record.sequenceNumber;
    this.#records += 1;
    this.#chunks.push(record.data, NEWLINE);
    this.#bytes += record.data.byteLength + NEWLINE.byteLength;
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

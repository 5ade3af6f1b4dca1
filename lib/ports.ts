/**
 * The ports between the pure core and the world: each is a small interface with one adapter for
 * AWS (in `lib/aws/`, or beside its protocol) and a fake in `test/support/` that passes the same
 * contract suite.
 */

/** Time as a dependency, so that no test has to sleep. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`, or at once (without an error) when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One record of the journal's stream. */
export interface StreamRecord {
  shardId: string;
  /** Decimal digits; compare as BigInt, never as text. */
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  approximateArrivalMs: number;
}

/** One shard; `closed` means that no more records will be written to it (split or merged). */
export interface Shard {
  shardId: string;
  /** Zero, one (after a split) or two (after a merge) parents; a parent past retention is absent from the listing. */
  parentShardIds: string[];
  closed: boolean;
}

export type StreamPosition =
  | { type: 'TRIM_HORIZON' }
  | { type: 'LATEST' }
  | { type: 'AT_TIMESTAMP'; timestampMs: number }
  | { type: 'AFTER_SEQUENCE_NUMBER'; sequenceNumber: string };

export interface StreamPage {
  records: StreamRecord[];
  /** Absent once a closed shard has been read to its end. */
  nextIterator: string | undefined;
  millisBehindLatest: number;
}

/** Reads a Kinesis stream shard by shard, in order. */
export interface StreamReader {
  listShards(): Promise<Shard[]>;
  /** Opens an iterator; it expires after five minutes, so reopen from the last sequence number when a read says so. */
  open(shardId: string, position: StreamPosition): Promise<string>;
  /** At most `limit` records (1–10,000) after the iterator. Rejects with an error named `ExpiredIteratorException` when the iterator is too old. */
  read(iterator: string, limit: number): Promise<StreamPage>;
}

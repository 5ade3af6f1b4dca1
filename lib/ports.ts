import type { Fact, ReceivedFact } from './event/fact.ts';

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

/** The journal: one append-only stream of facts. */
export interface Journal {
  /**
   * Appends one fact; resolves only when it is durable.
   * Rejects with `JournalUnavailableError` when it could not be appended in the adapter's time.
   */
  append(fact: Fact): Promise<void>;
  /** Appends many, retrying those that fail but not after `untilMs`; answers the facts that could not be appended. */
  appendAll(facts: Fact[], untilMs?: number): Promise<Fact[]>;
}

/** Where an accepted event waits when the journal cannot take it in time. */
export interface SpillStore {
  /** Rejects with `SpillUnavailableError`. */
  write(fact: ReceivedFact): Promise<void>;
}

/** One accepted API key: its name for logs, its SHA-256 as 64 hex digits. The key itself is never stored. */
export interface ApiKeyHash {
  name: string;
  sha256: string;
}

export interface ApiKeyStore {
  /** The keys accepted now. Rejects when they cannot be read: the caller denies. */
  load(): Promise<ApiKeyHash[]>;
}

/** What the target is asked to create. */
export interface TargetItem {
  id: string;
  name: string;
  body: string;
  /** Unix seconds. */
  timestamp: number;
  brand: string;
}

/** One entry of `errors`; where the code stands depends on the server. */
export interface GraphQlError {
  message: string;
  /** The field it is about, by its alias first; absent for what concerns the whole request. */
  path?: (string | number)[];
  /** `code` here is what most servers send. */
  extensions?: Record<string, unknown>;
  /** GitHub. */
  type?: string;
  /** AWS AppSync. */
  errorType?: string;
}

/** What came back from the target, or why nothing did. Nothing is judged here; `classify` does that. */
export type TargetAnswer =
  | {
      kind: 'response';
      status: number;
      /** The `Retry-After` header as it came. */
      retryAfter: string | undefined;
      /** The response field of each item that was asked about, in order. */
      fields: string[];
      data: Record<string, unknown> | null | undefined;
      errors: GraphQlError[];
    }
  | { kind: 'noResponse'; code: string; message: string };

/** The rate-limited GraphQL API. One call is one request, and one paced slot. Never rejects. */
export interface Target {
  /** Creates one item, or several in one request. */
  createItems(items: readonly TargetItem[], call: TargetCall): Promise<TargetAnswer>;
  /** Asks which of some ids the target has. */
  getItems(ids: readonly string[], call: TargetCall): Promise<TargetAnswer>;
}

export interface TargetCall {
  traceId: string;
}

/** A lane's part in the target's rate. */
export interface LaneShare {
  /** How many lanes share the rate: open shards × parallelization factor. */
  lanes: number;
  /** Where this lane stands among them, from 0 up to 1, so that lanes can take turns; absent for the only one. */
  phase: number | undefined;
}

/** How the target's rate is shared now. */
export interface LaneShares {
  /** The share of a lane of that shard; as last known when the stream cannot be asked. */
  of(shardId: string | undefined): Promise<LaneShare>;
}

/** The states of an event source mapping (Lambda API, `GetEventSourceMapping`); there are more while it is made or deleted. */
export type DispatchState = 'Enabled' | 'Enabling' | 'Disabled' | 'Disabling' | (string & {});

/** Dispatch as its operator sees it. */
export interface DispatchControl {
  /** Whether it takes events from the journal, and since when, in milliseconds since the epoch. */
  read(): Promise<{ state: DispatchState; changedAtMs: number }>;
  /** Asks for it; done when {@link read} says so. Nothing is lost meanwhile: the journal keeps what comes. */
  setEnabled(enabled: boolean): Promise<void>;
  /** Events per second that it was deployed to send, for the whole system. */
  readRatePerSecond(): Promise<number>;
}

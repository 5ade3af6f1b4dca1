import type { Readable } from 'node:stream';

/** What a listing says about one object. */
export interface ObjectSummary {
  key: string;
  /** Bytes as stored. */
  size: number;
  lastModified: Date;
}

export interface PutOptions {
  contentType: string;
  /** Stored as metadata only: what `put` is given is what `get` returns. */
  contentEncoding?: string;
}

/** One bucket of objects. */
export interface ObjectStore {
  /** Creates or replaces the object; once it resolves, the object is durable and every read sees it. */
  put(key: string, body: Uint8Array | string, options: PutOptions): Promise<void>;
  /** The stored bytes, or nothing where there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** As `get`, but the bytes as they come: what is not read is not held. Reading may reject half-way. */
  stream(key: string): Promise<Readable | undefined>;
  /** Every object whose key starts with `prefix`, in key order. */
  list(prefix: string): AsyncIterable<ObjectSummary>;
  /** Succeeds also where there is no such object. */
  delete(key: string): Promise<void>;
}

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

/** An object that a bucket had and has no more as it was. */
export interface LostObject {
  key: string;
  how: 'deleted' | 'replaced';
  /** Time of the deletion or replacement, ISO 8601 UTC. */
  at: string;
  /** The version that was there before; with it, the object can be restored. */
  versionId: string;
}

/** The versions of deleted or replaced objects in a bucket. */
export interface ObjectVersions {
  /** Time that old versions are kept, in milliseconds. */
  readonly keptMs: number;
  /** False where it remembers nothing. */
  isKept(): Promise<boolean>;
  /** Those whose key starts with `prefix`, but for those that were restored. */
  listLost(prefix: string): AsyncIterable<LostObject>;
}

/** Reasons why S3 does not return an object, by the name of the error. */
const REFUSALS: Record<string, string> = {
  InvalidObjectState:
    'it is archived in a cold storage class (GLACIER, DEEP_ARCHIVE): restore it with aws s3api restore-object',
  AccessDenied: 'access to it is denied',
  Forbidden: 'access to it is denied',
};

/**
 * The reason why a store refuses to hand out one object, while others may be read; `undefined` for any other error. Errors carry the
 * names that S3 gives them; those of a KMS key begin with `KMS.`.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const known = REFUSALS[error.name];
  if (known !== undefined) return known;
  return error.name.startsWith('KMS.') ? `its key cannot be used: ${error.message}` : undefined;
}

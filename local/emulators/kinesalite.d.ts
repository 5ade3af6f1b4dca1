// kinesalite ships no types: only what the emulators use.

declare module 'kinesalite' {
  import type { Server } from 'node:http';

  /** An HTTP server whose `close` closes the store as well, before it stops listening. */
  export default function kinesalite(options: KinesaliteOptions): Server;

  export interface KinesaliteOptions {
    /** LevelDB folder; in memory where absent. */
    path?: string;
    shardLimit?: number;
    createStreamMs?: number;
    updateStreamMs?: number;
    deleteStreamMs?: number;
  }
}

declare module 'kinesalite/db/index.js' {
  import type { EventEmitter } from 'node:events';
  import type { Readable } from 'node:stream';
  import type { KinesaliteOptions } from 'kinesalite';

  type Callback<T = void> = (error: Error | null | undefined, value: T) => void;

  interface Range {
    gt?: string;
    gte?: string;
    lt?: string;
    reverse?: boolean;
    limit?: number;
  }

  export interface LevelDb {
    createReadStream(range?: Range): Readable;
    createKeyStream(range?: Range): Readable;
    put(key: string, value: unknown, done: Callback): void;
    del(key: string, done: Callback): void;
  }

  export interface Store {
    /** Opens by itself, and emits `open` or `error`. */
    db: EventEmitter & { close(done: Callback): void };
    /** Stream name → its description, shards included. */
    metaDb: LevelDb;
    /** `<shard index in hex>/<sequence number>` → record. */
    getStreamDb(streamName: string): LevelDb;
  }

  interface SequencePosition {
    shardIx: number;
    /** Milliseconds. */
    seqTime: number;
  }

  interface KinesaliteDb {
    create(options: KinesaliteOptions): Store;
    resolveShardId(shardId: string): { shardIx: number };
    shardIxToHex(shardIx: number): string;
    parseSequence(sequenceNumber: string): SequencePosition;
    incrementSequence(position: SequencePosition | string, seqTimeMs?: number | null): string;
    ITERATOR_PWD_KEY: Buffer;
    ITERATOR_PWD_IV: Buffer;
  }

  const db: KinesaliteDb;
  export default db;
}

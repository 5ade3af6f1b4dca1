import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { inTransaction } from '../../sqlite-transaction.ts';
import type { TimestreamRecord } from './write-input.ts';

/** A table as `CreateTable` made it. */
export interface StoredTable {
  id: number;
  database: string;
  name: string;
  createdMs: number;
  /** What the request said of it, as JSON. */
  properties: string;
}

/** What a record met: nothing, itself, or one with another content and at least its version. */
type Meeting = { stored: true } | { stored: false; existingVersion: number };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS databases (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS tables (
    id INTEGER PRIMARY KEY, database TEXT NOT NULL, name TEXT NOT NULL,
    created_ms INTEGER NOT NULL, properties TEXT NOT NULL, UNIQUE (database, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    table_id INTEGER NOT NULL, identity TEXT NOT NULL, partition TEXT NOT NULL,
    dimensions TEXT NOT NULL, measure_name TEXT NOT NULL, measures TEXT NOT NULL,
    time_ms INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (table_id, identity)
  ) STRICT, WITHOUT ROWID;
`;

/** Stores what is new, and what is newer than what is there. */
const UPSERT = `
  INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET measures = excluded.measures, version = excluded.version
  WHERE excluded.version > version`;

/**
 * Databases, tables and records in SQLite. With a write-ahead log what was acknowledged survives the
 * death of the process, though not of the machine: nothing is flushed to the disk (`synchronous=OFF`), for which this process and
 * all that it serves would stand still, some 10 to 20 ms each time. One process per file; calls are synchronous, hence atomic.
 */
export class TableStore {
  readonly #database: DatabaseSync;
  readonly #upsert: StatementSync;
  readonly #existing: StatementSync;

  /** Opens or creates the file, folders included. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    this.#upsert = this.#database.prepare(UPSERT);
    this.#existing = this.#database.prepare(
      'SELECT measures, version FROM records WHERE table_id = ? AND identity = ?',
    );
  }

  /** Whether it is new. */
  createDatabase(name: string, nowMs: number): boolean {
    const sql = 'INSERT OR IGNORE INTO databases VALUES (?, ?)';
    return this.#database.prepare(sql).run(name, nowMs).changes === 1;
  }

  databaseCreatedMs(name: string): number | undefined {
    const sql = 'SELECT created_ms FROM databases WHERE name = ?';
    return this.#database.prepare(sql).get(name)?.created_ms as number | undefined;
  }

  /** Whether it is new. */
  createTable({ database, name, createdMs, properties }: Omit<StoredTable, 'id'>): boolean {
    const sql =
      'INSERT OR IGNORE INTO tables (database, name, created_ms, properties) VALUES (?, ?, ?, ?)';
    return this.#database.prepare(sql).run(database, name, createdMs, properties).changes === 1;
  }

  table(database: string, name: string): StoredTable | undefined {
    const sql = 'SELECT id, created_ms, properties FROM tables WHERE database = ? AND name = ?';
    const row = this.#database.prepare(sql).get(database, name);
    if (!row) return undefined;
    const { id, created_ms, properties } = row;
    return {
      id: Number(id),
      database,
      name,
      createdMs: Number(created_ms),
      properties: String(properties),
    };
  }

  /** Runs all writes of a request as one. */
  transaction<Result>(work: () => Result): Result {
    return inTransaction(this.#database, work);
  }

  /** Stores a record; its dimensions, measure name and time say which one it is. `partition` is the partition key's value. */
  put(tableId: number, record: TimestreamRecord, partition: string): Meeting {
    const { version, measureName, timeNs } = record;
    const dimensions = sortedJson(record.dimensions);
    const measures = sortedJson(record.measures);
    const identity = JSON.stringify([dimensions, measureName, String(timeNs)]);
    const timeMs = Number(timeNs / 1_000_000n);
    const { changes } = this.#upsert.run(
      ...[tableId, identity, partition, dimensions, measureName, measures, timeMs, version],
    );
    if (changes === 1) return { stored: true };
    const existing = this.#existing.get(tableId, identity);
    if (existing?.version === version && existing.measures === measures) return { stored: true };
    return { stored: false, existingVersion: Number(existing?.version) };
  }

  close(): void {
    this.#database.close();
  }
}

function sortedJson(map: Map<string, unknown>): string {
  return JSON.stringify(Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  try {
    const database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
    database.exec(SCHEMA);
    return database;
  } catch (cause) {
    throw new Error(
      `${path} cannot be used (${(cause as Error).message}): delete it, start, and fill it again with npm run project`,
    );
  }
}

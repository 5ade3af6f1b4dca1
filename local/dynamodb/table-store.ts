import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { messageOf } from '../../lib/errors.ts';
import { inTransaction } from '../sqlite-transaction.ts';
import type { Item } from './attribute-values.ts';

/** The attributes of a key: one, or two with the second to sort by. */
export type KeyNames = [hash: string, range?: string];

export interface Index {
  name: string;
  key: KeyNames;
  /** Attributes besides the keys that the index returns; `all` for every one. */
  attributes: string[] | 'all';
}

export interface Table {
  id: number;
  name: string;
  createdMs: number;
  key: KeyNames;
  indexes: Index[];
  /** The request that made it. */
  request: Record<string, unknown>;
}

/** An entry's place: the key of its index, if it is of one, and that of its item. As bytes, since DynamoDB orders strings by them. */
type Place = [Buffer, Buffer, Buffer, Buffer];

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tables (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, description TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS items (
    table_id INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL, item TEXT NOT NULL,
    PRIMARY KEY (table_id, hash, range)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    table_id INTEGER NOT NULL, index_name TEXT NOT NULL, index_hash BLOB NOT NULL, index_range BLOB NOT NULL,
    hash BLOB NOT NULL, range BLOB NOT NULL,
    PRIMARY KEY (table_id, index_name, index_hash, index_range, hash, range)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_by_item ON entries (table_id, hash, range);
`;

const NONE = Buffer.alloc(0);

/**
 * Tables and their items in SQLite. With a write-ahead log what was acknowledged survives the death of the process, though not of the machine: nothing is
 * flushed to the disk (`synchronous=OFF`), for which this process and all that it serves would stand still, some 10 to 20 ms each time. One process per
 * file; calls are synchronous, hence atomic.
 */
export class TableStore {
  readonly #database: DatabaseSync;
  readonly #tables = new Map<string, Table>();
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #putEntry: StatementSync;
  readonly #removeEntries: StatementSync;

  /** Opens or creates the file. @throws an error that names it */
  constructor(path: string) {
    try {
      this.#database = new DatabaseSync(path);
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
      this.#database.exec(SCHEMA);
      for (const { id, description } of this.#database.prepare('SELECT * FROM tables').all()) {
        const table: Table = { ...JSON.parse(String(description)), id: Number(id) };
        this.#tables.set(table.name, table);
      }
    } catch (error) {
      throw new Error(
        `${path} cannot be used (${messageOf(error)}): restore it from a copy; or delete it, start, and fill the status table again with npm run project`,
      );
    }
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#get = prepare('SELECT item FROM items WHERE table_id = ? AND hash = ? AND range = ?');
    this.#put = prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)');
    this.#remove = prepare('DELETE FROM items WHERE table_id = ? AND hash = ? AND range = ?');
    this.#putEntry = prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)');
    this.#removeEntries = prepare(
      'DELETE FROM entries WHERE table_id = ? AND hash = ? AND range = ?',
    );
  }

  tables(): Table[] {
    return [...this.#tables.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  table(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  create(description: Omit<Table, 'id'>): Table {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO tables (name, description) VALUES (?, ?)')
      .run(description.name, JSON.stringify(description));
    const table = { ...description, id: Number(lastInsertRowid) };
    this.#tables.set(table.name, table);
    return table;
  }

  drop({ id, name }: Table): void {
    this.transaction(() => {
      for (const [from, column] of [
        ['items', 'table_id'],
        ['entries', 'table_id'],
        ['tables', 'id'],
      ])
        this.#database.prepare(`DELETE FROM ${from} WHERE ${column} = ?`).run(id);
    });
    this.#tables.delete(name);
  }

  /** Runs all writes of a request as one. */
  transaction<Result>(work: () => Result): Result {
    return inTransaction(this.#database, work);
  }

  get(table: Table, key: Item): Item | undefined {
    const row = this.#get.get(table.id, ...keyBytes(table.key, key));
    return row && (JSON.parse(String(row.item)) as Item);
  }

  /** Stores an item in place of the one with its key. To be called within a transaction, as {@link remove}. */
  put(table: Table, item: Item): void {
    const [hash, range] = keyBytes(table.key, item);
    this.#put.run(table.id, hash, range, JSON.stringify(item));
    if (table.indexes.length === 0) return;
    this.#removeEntries.run(table.id, hash, range);
    for (const { name, key } of table.indexes)
      if (key.every((attribute) => attribute !== undefined && attribute in item))
        this.#putEntry.run(table.id, name, ...keyBytes(key, item), hash, range);
  }

  remove(table: Table, key: Item): void {
    const bytes = keyBytes(table.key, key);
    this.#remove.run(table.id, ...bytes);
    if (table.indexes.length > 0) this.#removeEntries.run(table.id, ...bytes);
  }

  /**
   * Reads items in the order of their keys, or of the keys of `index`: those of one partition if `partition` is given, and only those after
   * the item `after`.
   */
  *read(
    table: Table,
    { index, partition, after, isDescending }: ReadOptions,
  ): Generator<Item, void> {
    const columns = index ? ['index_hash', 'index_range', 'hash', 'range'] : ['hash', 'range'];
    const order = isDescending ? 'DESC' : 'ASC';
    const conditions = ['table_id = ?'];
    const values: (number | string | Buffer)[] = [table.id];
    const where = (condition: string, ...bound: (string | Buffer)[]) => {
      conditions.push(condition);
      values.push(...bound);
    };
    if (index) where('index_name = ?', index.name);
    if (partition) where(`${columns[0]} = ?`, partition);
    if (after) {
      const place = placeOf(table, index, after).slice(-columns.length);
      const marks = columns.map(() => '?').join(', ');
      where(`(${columns.join(', ')}) ${isDescending ? '<' : '>'} (${marks})`, ...place);
    }
    const from = index ? 'entries JOIN items USING (table_id, hash, range)' : 'items';
    const ordered = columns.map((column) => `${column} ${order}`).join(', ');
    const sql = `SELECT item FROM ${from} WHERE ${conditions.join(' AND ')} ORDER BY ${ordered}`;
    for (const { item } of this.#database.prepare(sql).iterate(...values))
      yield JSON.parse(String(item)) as Item;
  }

  close(): void {
    this.#database.close();
  }
}

export interface ReadOptions {
  index: Index | undefined;
  /** Key of the table, or of the index. */
  partition: Buffer | undefined;
  after: Item | undefined;
  isDescending: boolean;
}

function placeOf(table: Table, index: Index | undefined, item: Item): Place {
  const own = keyBytes(table.key, item);
  return [...(index ? keyBytes(index.key, item) : ([NONE, NONE] as const)), ...own];
}

function keyBytes([hash, range]: KeyNames, item: Item): [Buffer, Buffer] {
  const bytes = (name: string | undefined) =>
    name === undefined ? NONE : Buffer.from(String(item[name]?.S));
  return [bytes(hash), bytes(range)];
}

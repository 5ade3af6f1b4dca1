import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export interface Item {
  id: string;
  name: string;
  body: string;
  timestamp: number;
  brand: string;
}

/** Whether the id was there before, and whether the item was inserted. */
interface CreateOutcome {
  existed: boolean;
  inserted: boolean;
}

const columns = 'id, name, body, timestamp, brand';

/** As bytes: Node's SQLite gives a text only up to its first NUL. */
const bytes =
  'CAST(id AS BLOB) AS id, CAST(name AS BLOB) AS name, CAST(body AS BLOB) AS body, timestamp, CAST(brand AS BLOB) AS brand';

/** Ids carry no UNIQUE constraint, so that a run which allows duplicates can show that there are some. */
const tables = `
  CREATE TABLE IF NOT EXISTS items (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    timestamp INTEGER NOT NULL, brand TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS items_by_id ON items (id, sequence);
`;

/**
 * The target's items in SQLite. With a write-ahead log a stored item survives the
 * death of the process, though not of the machine: nothing is flushed to the disk (`synchronous=OFF`), for which this process and
 * all that it serves would stand still, some 10 to 20 ms each time. One process per file; calls are synchronous, hence atomic.
 */
export class ItemStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  #total: number;
  #distinct: number;

  /** Opens or creates the file, folders included; `:memory:` keeps nothing. Throws when it cannot. */
  constructor(path: string) {
    try {
      this.#database = openDatabase(path);
      this.#insert = this.#database.prepare(
        `INSERT INTO items (${columns}) VALUES (?, ?, ?, ?, ?)`,
      );
      this.#find = this.#database.prepare(
        `SELECT ${bytes} FROM items WHERE id = ? ORDER BY sequence LIMIT 1`,
      );
      this.#list = this.#database.prepare(`SELECT ${bytes} FROM items ORDER BY sequence`);
      this.#total = this.#countNow('count(*)');
      this.#distinct = this.#countNow('count(DISTINCT id)');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `cannot open the database ${path}: ${reason}. Restore it from a copy, or delete it to begin with no items`,
        { cause },
      );
    }
  }

  get total(): number {
    return this.#total;
  }

  get distinct(): number {
    return this.#distinct;
  }

  /** Inserts the item, unless its id exists and duplicates are not allowed. */
  create(item: Item, allowDuplicates: boolean): CreateOutcome {
    const existed = this.find(item.id) !== undefined;
    if (existed && !allowDuplicates) return { existed, inserted: false };
    this.#insert.run(item.id, item.name, item.body, item.timestamp, item.brand);
    this.#total += 1;
    if (!existed) this.#distinct += 1;
    return { existed, inserted: true };
  }

  /** The item of that id, the first one where duplicates were allowed. */
  find(id: string): Item | undefined {
    const row = this.#find.get(id);
    return row && itemOf(row);
  }

  /** Every item, in the order of creation. */
  list(): Item[] {
    return this.#list.all().map(itemOf);
  }

  clear(): void {
    this.#database.exec('DELETE FROM items');
    this.#total = 0;
    this.#distinct = 0;
  }

  close(): void {
    this.#database.close();
  }

  #countNow(expression: string): number {
    const row = this.#database.prepare(`SELECT ${expression} AS n FROM items`).get();
    return Number(row?.n);
  }
}

/** A row, its texts read from their bytes. */
function itemOf(row: Record<string, unknown>): Item {
  const text = (column: string) => Buffer.from(row[column] as Uint8Array).toString('utf8');
  const timestamp = row.timestamp as number;
  return {
    id: text('id'),
    name: text('name'),
    body: text('body'),
    timestamp,
    brand: text('brand'),
  };
}

function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
  database.exec(tables);
  // An id that was overwritten would be a created item that no one finds; the index shows it.
  const [problem] = database.prepare('PRAGMA integrity_check(1)').all();
  if (problem?.integrity_check !== 'ok')
    throw new Error(`it is damaged (${String(problem?.integrity_check).replaceAll(/\s+/g, ' ')})`);
  return database;
}

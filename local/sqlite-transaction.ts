import type { DatabaseSync } from 'node:sqlite';

/** Runs all writes of a request as one: either all are stored or none. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has made SQLite roll back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

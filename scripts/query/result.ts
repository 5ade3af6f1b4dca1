import type { Cell } from '../../lib/safe-text.ts';

export type { Cell };

/** What a query found. */
export interface QueryResult {
  columns: string[];
  rows: Cell[][];
}

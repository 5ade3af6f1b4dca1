export type Cell = string | number | boolean | null;

/** What a query found. */
export interface QueryResult {
  columns: string[];
  rows: Cell[][];
}

import { print, printCsv, printJson } from '../output.ts';
import type { QueryResult } from './result.ts';
import { tableOf } from './table.ts';

export type OutputFormat = 'table' | 'csv' | 'json';

/** Prints a result: a table for a person, CSV or a JSON array of objects for a program. */
export function printResult(result: QueryResult, format: OutputFormat): void {
  if (format === 'json') printJson(objectsOf(result));
  else if (format === 'csv') printCsv([result.columns, ...result.rows]);
  else print(tableOf(result, process.stdout.columns));
}

function objectsOf({ columns, rows }: QueryResult): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
  );
}

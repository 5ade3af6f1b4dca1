import Table from 'cli-table3';
import type { Cell, QueryResult } from './result.ts';

export type OutputFormat = 'table' | 'csv' | 'json';

/** A result as text: a table for a person, CSV (RFC 4180) or a JSON array of objects for a program. Pure. */
export function printedResult(result: QueryResult, format: OutputFormat): string {
  switch (format) {
    case 'json':
      return JSON.stringify(objectsOf(result));
    case 'csv':
      return [result.columns, ...result.rows].map((row) => row.map(csvCell).join(',')).join('\r\n');
    case 'table':
      return tableOf(result);
  }
}

function objectsOf({ columns, rows }: QueryResult): Record<string, Cell>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
  );
}

function csvCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function tableOf({ columns, rows }: QueryResult): string {
  const isNumeric = columns.map((_, index) => rows.every((row) => typeof row[index] !== 'string'));
  const table = new Table({
    head: columns,
    colAligns: isNumeric.map((numeric) => (numeric ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map(tableCell)));
  const count = `${rows.length} row${rows.length === 1 ? '' : 's'}`;
  return `${table.toString()}\n${count}`;
}

/** Control characters could do anything to a terminal. */
function tableCell(cell: Cell): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
  return cell === null ? '' : String(cell).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\u00b7');
}

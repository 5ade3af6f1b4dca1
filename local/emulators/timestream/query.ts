import * as v from 'valibot';
import { checkInput, invalid, textOf } from './check-input.ts';
import type { StoredRow, TableStore } from './table-store.ts';
import { requireTable, rulesOf } from './tables.ts';

/** The service ends a page at a mebibyte, this one at a number of rows. */
const PAGE_ROWS = 500;

const queryInput = v.object({
  QueryString: textOf(1, 262_144),
  NextToken: v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'unknown token'))),
});

/** The one query that is understood: the rows of one partition. */
const ONE_PARTITION =
  /^\s*SELECT\s+\*\s*,\s*to_milliseconds\(time\)\s+AS\s+(\w+)\s+FROM\s+"([^"]+)"\."([^"]+)"\s+WHERE\s+(\w+)\s*=\s*'((?:[^']|'')*)'\s*;?\s*$/i;

/** `Query`, for the question that `trace` asks; any other is a `ValidationException` that says so. */
export function query(store: TableStore, input: unknown) {
  const { QueryString, NextToken } = checkInput(queryInput, input);
  const { timeColumn, database, table: name, column, value } = parse(QueryString);
  const table = requireTable(store, database, name);
  const { partitionKey } = rulesOf(table);
  if (column !== partitionKey)
    throw invalid(`The local endpoint looks up ${partitionKey ?? 'nothing'} only, not ${column}.`);

  const offset = Number(NextToken ?? 0);
  const rows = store.rows(table.id, value, { limit: PAGE_ROWS + 1, offset });
  const page = rows.slice(0, PAGE_ROWS);
  const columns = columnsOf(page);
  return {
    QueryId: 'local',
    ColumnInfo: [
      ...columns.map(([Name, ScalarType]) => ({ Name, Type: { ScalarType } })),
      { Name: timeColumn, Type: { ScalarType: 'BIGINT' } },
    ],
    Rows: page.map((row) => ({
      Data: [...columns.map(([Name]) => cell(row, Name)), scalar(row.timeMs)],
    })),
    ...(rows.length > PAGE_ROWS ? { NextToken: String(offset + PAGE_ROWS) } : {}),
    QueryStatus: { ProgressPercentage: 100, CumulativeBytesScanned: 0, CumulativeBytesMetered: 0 },
  };
}

function parse(text: string) {
  const [, timeColumn = '', database = '', table = '', column = '', literal = ''] =
    ONE_PARTITION.exec(text) ?? [];
  if (!timeColumn)
    throw invalid(
      'The local endpoint understands one query: SELECT *, to_milliseconds(time) AS name FROM "database"."table" ' +
        "WHERE partition_key = 'value'.",
    );
  return { timeColumn, database, table, column, value: literal.replaceAll("''", "'") };
}

/** A table has the columns of the records that are in it. */
function columnsOf(rows: StoredRow[]): [name: string, type: string][] {
  const columns = new Map<string, string>();
  for (const { dimensions, measures } of rows) {
    for (const name of Object.keys(dimensions)) columns.set(name, 'VARCHAR');
    for (const [name, { type }] of Object.entries(measures)) columns.set(name, type);
  }
  return [...columns.set('measure_name', 'VARCHAR').set('time', 'TIMESTAMP')];
}

function cell({ dimensions, measures, measureName, timeMs }: StoredRow, column: string) {
  if (column === 'time')
    return scalar(new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '000000'));
  if (column === 'measure_name') return scalar(measureName);
  const value = dimensions[column] ?? measures[column]?.value;
  return value === undefined ? { NullValue: true } : scalar(value);
}

const scalar = (value: string | number) => ({ ScalarValue: String(value) });

import {
  type ColumnInfo,
  QueryCommand,
  type Row,
  TimestreamQueryClient,
} from '@aws-sdk/client-timestream-query';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { StatusReader } from '../ports.ts';
import type { StatusMeasures, StatusRow } from '../status/rows.ts';
import { emulatorAt } from './endpoint.ts';
import { MEASURES } from './timestream-record.ts';
import type { TimestreamClientOptions } from './timestream-write-client.ts';

/** How long one attempt may take, in milliseconds: first to connect, then to be answered, if only with a page without rows. */
const CONNECT_TIMEOUT_MS = 1500;
const ANSWER_TIMEOUT_MS = 10_000;

/** A client for queries, for somebody who waits: it makes two attempts. On AWS the SDK finds the cell's endpoint itself. */
export function createTimestreamQueryClient({
  endpoint,
  identity,
}: TimestreamClientOptions = {}): TimestreamQueryClient {
  return new TimestreamQueryClient({
    ...emulatorAt(endpoint),
    ...identity,
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
}

/** Reads the status table. Errors keep the names that Timestream gives them; retries are those of `client`. */
export function createTimestreamStatusReader(options: {
  client: TimestreamQueryClient;
  database: string;
  table: string;
}): StatusReader {
  const { client, database, table } = options;
  return {
    async rowsOf(eventId) {
      const QueryString = statusQuery({ database, table, eventId });
      try {
        return await allRows(client, QueryString);
      } catch (error) {
        if (isEmptyTable(error)) return [];
        throw error;
      }
    },
  };
}

async function allRows(client: TimestreamQueryClient, QueryString: string): Promise<StatusRow[]> {
  const rows: StatusRow[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new QueryCommand({ QueryString, ...(NextToken ? { NextToken } : {}) }),
    );
    const columns = page.ColumnInfo ?? [];
    rows.push(...(page.Rows ?? []).map((row) => rowOfResult(valuesOf(columns, row))));
    // A page may be empty while the query still runs.
    NextToken = page.NextToken;
  } while (NextToken);
  return rows;
}

const COLUMNS = Object.entries(MEASURES) as [
  keyof StatusMeasures,
  (typeof MEASURES)[keyof StatusMeasures],
][];

/**
 * The rows of one event. A query takes no parameters, so the id stands in it as a literal; and it must not name columns, since
 * the table has only those of the rows that were written to it. Pure.
 */
export function statusQuery(of: { database: string; table: string; eventId: string }): string {
  const id = `'${of.eventId.replaceAll("'", "''")}'`;
  return `SELECT *, to_milliseconds(time) AS at_ms FROM "${of.database}"."${of.table}" WHERE event_id = ${id}`;
}

/** A table without any row has no columns either. */
function isEmptyTable(error: unknown): boolean {
  const isRefusal = error instanceof Error && error.name === 'ValidationException';
  return isRefusal && /column.*event_id.*(not exist|cannot be resolved)/is.test(error.message);
}

function valuesOf(columns: ColumnInfo[], row: Row): Map<string, string> {
  const values = new Map<string, string>();
  columns.forEach(({ Name }, index) => {
    const value = row.Data?.[index]?.ScalarValue;
    if (Name !== undefined && value !== undefined) values.set(Name, value);
  });
  return values;
}

function rowOfResult(values: Map<string, string>): StatusRow {
  const runId = values.get('run_id');
  const deferral = Number(values.get('deferral') ?? 0);
  const measures = COLUMNS.flatMap(([name, { column, type }]) => {
    const text = values.get(column);
    return text === undefined ? [] : [[name, measureOf(type, text)]];
  });
  return {
    eventId: values.get('event_id') ?? '',
    type: values.get('type') as StatusRow['type'],
    traceId: values.get('trace_id') ?? '',
    ...(runId ? { runId } : {}),
    ...(deferral ? { deferral } : {}),
    atMs: Number(values.get('at_ms')),
    measures: Object.fromEntries(measures) as StatusMeasures,
  };
}

function measureOf(type: string, text: string): string | number | boolean {
  if (type === 'BIGINT') return Number(text);
  return type === 'BOOLEAN' ? text === 'true' : text;
}

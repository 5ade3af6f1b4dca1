import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { Clock } from '../ports.ts';

interface AthenaQueryOptions {
  client: AthenaClient;
  database: string;
  workgroup: string;
  clock: Clock;
  /** Told of the state and of what was scanned so far, whenever Athena was asked. */
  onProgress?: (progress: { state: string; scannedBytes: number }) => void;
  /** Stops the query at Athena, too. */
  signal?: AbortSignal;
}

/** What a query found and what it took. */
export interface AthenaResult {
  columns: { name: string; type: string }[];
  /** Text as Athena sends it; absent values are null. */
  rows: (string | null)[][];
  scannedBytes: number;
  engineMs: number;
}

const FIRST_POLL_MS = 250;
const LAST_POLL_MS = 3000;

/**
 * Runs one query in Athena and reads all of its rows. `values` are texts, one for each `?`. Rejects with Athena's own reason
 * when the query fails, and with the signal's when it is stopped.
 */
export async function runAthenaQuery(
  sql: string,
  values: string[],
  options: AthenaQueryOptions,
): Promise<AthenaResult> {
  const { client, database, workgroup } = options;
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      QueryExecutionContext: { Database: database },
      WorkGroup: workgroup,
      ...(values.length > 0 ? { ExecutionParameters: values.map(asLiteral) } : {}),
    }),
  );
  const id = QueryExecutionId ?? '';
  const { Statistics } = await untilSucceeded(id, options);
  return {
    ...(await readRows(client, id)),
    scannedBytes: Statistics?.DataScannedInBytes ?? 0,
    engineMs: Statistics?.EngineExecutionTimeInMillis ?? 0,
  };
}

/** Athena takes a parameter for SQL, so a text brings its quotes. */
function asLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function untilSucceeded(id: string, options: AthenaQueryOptions): Promise<QueryExecution> {
  const { client, clock, signal, onProgress } = options;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LAST_POLL_MS, pollMs * 1.5)) {
    const { QueryExecution: execution } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    const state = execution?.Status?.State ?? 'QUEUED';
    onProgress?.({ state, scannedBytes: execution?.Statistics?.DataScannedInBytes ?? 0 });
    if (execution && state === 'SUCCEEDED') return execution;
    if (state === 'FAILED' || state === 'CANCELLED')
      throw new Error(`Athena: ${state}: ${execution?.Status?.StateChangeReason ?? 'no reason'}`);
    await clock.sleep(pollMs, signal);
    if (signal?.aborted) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
      throw signal.reason;
    }
  }
}

async function readRows(client: AthenaClient, id: string) {
  let columns: AthenaResult['columns'] = [];
  const rows: AthenaResult['rows'] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, ...(NextToken ? { NextToken } : {}) }),
    );
    const isFirst = NextToken === undefined;
    const found = (page.ResultSet?.Rows ?? []).map(({ Data }) => Data ?? []);
    if (isFirst)
      columns = (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name, Type }) => ({
        name: Name ?? '',
        type: Type ?? 'varchar',
      }));
    // The first row of the first page holds the columns' names.
    for (const row of isFirst ? found.slice(1) : found)
      rows.push(columns.map((_, index) => row[index]?.VarCharValue ?? null));
    NextToken = page.NextToken;
  } while (NextToken);
  return { columns, rows };
}

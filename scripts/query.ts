import { readFile } from 'node:fs/promises';
import { messageOf } from '../lib/errors.ts';
import { DEFAULT_DATA_DIR } from './endpoints.ts';
import { exitCodeOf, isHelp, numberFlag, parseWordAndFlags, UsageError } from './flags.ts';
import { print, printNote } from './output.ts';
import type { Answer, QueryRequest } from './query/answer.ts';
import { readStack } from './query/athena-stack.ts';
import { chartOf } from './query/chart.ts';
import {
  findQuery,
  type NamedQuery,
  parseAdHocQuery,
  readNamedQueries,
} from './query/named-query.ts';
import { type ParameterName, type QueryRange, valuesOf } from './query/parameters.ts';
import { type OutputFormat, printResult } from './query/print-result.ts';
import { readRange } from './range-flags.ts';
import { createReadingNote } from './reading-note.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const FLAGS = {
  ...{ from: text, to: text, minutes: text, 'event-id': text, 'request-id': text },
  ...{ sql: text, file: text, chart: text },
  ...{ stack: text, 'data-dir': text, list: flag, raw: flag, csv: flag, json: flag },
} as const;

type Flags = ReturnType<typeof parseWordAndFlags<typeof FLAGS>>['flags'];

const USAGE = `Usage: npm run query -- NAME [flags], or --sql SQL, or --file FILE

Runs a query of queries/, or a question of your own, over the archive: in Athena for a deployment, in DuckDB for the run in this folder.

  --list            the queries, and what each answers
  --sql SQL         a question of your own: one SELECT over the table facts (docs/athena.sql), which only reads
  --file FILE       the same from a file. With a comment such as -- Parameters: first_day, last_day, from, to at the beginning, as in
                    queries/, each ? stands for one of these, and the flags below apply
  --chart COLUMN    a number of the answer as bars over time, in place of a table: npm run query -- throughput --chart delivered
  --from TIME       from when on: 2026-01-31T12:00Z, or how long ago as 90m, 24h or 7d (default 24h; only for a query that has this parameter)
  --to TIME         until when, without it (default now)
  --minutes N       how old an event must be, for undelivered (default 5)
  --event-id ID     the event, for event
  --request-id ID   the API's id of the request, for request: as in its access log, and in apigw-requestid of its answer
  --raw             read the facts as they lie in the archive, not their copy in Parquet
  --stack PATH      a deployment: a file with terraform output -json, or the Terraform folder
  --data-dir DIR    data folder of a local run (default ${DEFAULT_DATA_DIR})
  --csv, --json     instead of a table

Facts are archived together: those of the last moments may be missing (10 s in a local run, a minute or more on AWS).
Exit codes: 0 done, 1 the query failed, 2 wrong usage.`;

/** `npm run query`: a query as a table, as a chart or for a program. Exit code 1 when it failed, 2 for wrong usage. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const { word: name, flags } = parseWordAndFlags(argv, FLAGS);
    const queries = await readNamedQueries();
    if (flags.list) return list(queries, flags);
    return run(await chooseQuery(queries, name, flags), flags);
  });
}

async function chooseQuery(
  queries: NamedQuery[],
  name: string | undefined,
  { sql, file }: Flags,
): Promise<NamedQuery> {
  const given = [name, sql, file].filter((each) => each !== undefined);
  if (given.length === 0)
    throw new UsageError('Name a query, which --list shows, or ask with --sql or --file.');
  if (given.length > 1) throw new UsageError('Choose one of a name, --sql and --file.');
  if (sql !== undefined) return parseAdHocQuery(sql);
  if (name !== undefined) return findQuery(queries, name);
  const text = await readFile(file ?? '', 'utf8').catch((error: Error) => {
    throw new UsageError(`--file ${file} cannot be read: ${error.message}`);
  });
  return parseAdHocQuery(text);
}

async function run(query: NamedQuery, flags: Flags): Promise<number> {
  const format = formatOf(flags);
  const range = rangeOf(flags, query);
  const values = valuesOf(query.parameters, range);
  try {
    const { result, note, cost } = await ask(flags, query, { ...range, values });
    if (flags.chart === undefined) printResult(result, format);
    else print(chartOf(result, flags.chart, process.stdout.columns ?? 80));
    for (const line of [note, cost]) if (line) printNote(line);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    printNote(messageOf(error));
    return 1;
  }
}

function list(queries: NamedQuery[], flags: Flags): number {
  const rows = queries.map(({ name, description }) => [name, description]);
  if (flags.csv || flags.json) {
    printResult({ columns: ['name', 'description'], rows }, formatOf(flags));
    return 0;
  }
  const width = Math.max(...queries.map(({ name }) => name.length));
  for (const [name = '', description] of rows) print(`${name.padEnd(width)}  ${description}`);
  return 0;
}

function formatOf({ csv, json, chart }: Flags): OutputFormat {
  if ([csv, json, chart].filter(Boolean).length > 1)
    throw new UsageError('Choose one of --csv, --json and --chart.');
  if (json) return 'json';
  return csv ? 'csv' : 'table';
}

/** The parameters of queries that each flag sets. */
const ASKS: [flag: 'from' | 'to' | 'minutes' | 'event-id' | 'request-id', ParameterName][] = [
  ['from', 'from'],
  ['to', 'to'],
  ['minutes', 'older_than'],
  ['event-id', 'event_id'],
  ['request-id', 'request_id'],
];

function rangeOf(flags: Flags, { name, parameters }: NamedQuery): QueryRange {
  for (const [flag, parameter] of ASKS)
    if (flags[flag] !== undefined && !parameters.includes(parameter))
      throw new UsageError(`${name} does not ask for --${flag}: it does not apply to it.`);
  // A question without a time of its own is about all that there is.
  const from = flags.from ?? (parameters.includes('from') ? '24h' : '1970-01-01');
  const { fromMs, toMs } = readRange({ from, to: flags.to }, Date.now());
  const minutes = numberFlag('minutes', flags.minutes, { min: 0, max: 5_256_000, fallback: 5 });
  return { fromMs, toMs, minutes, eventId: flags['event-id'], requestId: flags['request-id'] };
}

/** Asks the deployment that the flags name, else the local run; the engine is loaded when it is needed. */
async function ask(
  flags: Flags,
  query: NamedQuery,
  { fromMs, values }: Pick<QueryRequest, 'fromMs' | 'values'>,
): Promise<Answer> {
  if (flags.stack !== undefined && flags['data-dir'] !== undefined)
    throw new UsageError('--stack names a deployment and --data-dir a local run: choose one.');
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('Interrupted.'));
  process.once('SIGINT', stop);
  const note = createReadingNote(flags.json || flags.csv);
  const request: QueryRequest = {
    ...{ values, fromMs, signal: interrupt.signal, onProgress: note.set },
    layer: flags.raw ? 'raw' : undefined,
  };
  try {
    if (flags.stack === undefined) {
      const { queryLocal } = await import('./query/local-engine.ts');
      return await queryLocal(flags['data-dir'] ?? DEFAULT_DATA_DIR, query, request);
    }
    const stack = await readStack(flags.stack);
    const { queryAthena } = await import('./query/athena-engine.ts');
    return await queryAthena(stack, query, request);
  } finally {
    process.off('SIGINT', stop);
    note.stop();
  }
}

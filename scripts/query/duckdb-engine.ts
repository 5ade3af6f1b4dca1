import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
  StatementType,
} from '@duckdb/node-api';
import { duckDbType, FACT_COLUMNS } from '../../lib/archive/columns.ts';
import { UsageError } from '../flags.ts';
import type { Cell, QueryResult } from './result.ts';

/** Functions of Trino that DuckDB lacks, or has with another meaning. */
const MACROS = [
  'json_extract_scalar(json, path) AS json_extract_string(json, path)',
  'from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)',
  'approx_percentile(value, share) AS quantile_disc(value, share)',
  // Of maps and arrays; DuckDB's own are of maps alone, and one of them answers with a list.
  'cardinality(collection) AS len(collection)',
  'element_at(collection, key) AS collection[key]',
  'json_parse(text) AS CAST(text AS JSON)',
  // Trino writes keys in order. Here every value stands beside its path, which tells values apart as well.
  `json_format(json) AS (
    SELECT string_agg(concat_ws(' ', fullkey, type, CAST(atom AS VARCHAR)), chr(10) ORDER BY fullkey) FROM json_tree(json)
  )`,
];

/** A record of the journal has at most a mebibyte; DuckDB reserves several times this much. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;

/** The local archive as tables of DuckDB. Close it when done. */
export class DuckDbEngine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** A database in memory that understands the queries. */
  static async open(): Promise<DuckDbEngine> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    for (const macro of MACROS) await connection.run(`CREATE MACRO ${macro}`);
    return new DuckDbEngine(instance, connection);
  }

  /** Makes the raw files the table `facts`: gzip, a fact a line, under `dt=…/hh=…/`. A line that is no JSON is left out. */
  async createRawTable(files: string[]): Promise<void> {
    await this.#connection.run(`CREATE OR REPLACE VIEW facts AS ${selectRaw(files)}`);
  }

  /** Makes Parquet files the table `facts_curated`. */
  async createCuratedTable(files: string[]): Promise<void> {
    // By name: a field that facts have had for a while only is null in older files.
    const rows = `read_parquet(${listOf(files)}, union_by_name = true, hive_partitioning = true, hive_types = {dt: VARCHAR, hh: VARCHAR})`;
    const select = files.length > 0 ? `SELECT * FROM ${rows}` : selectRaw([]);
    await this.#connection.run(`CREATE OR REPLACE VIEW facts_curated AS ${select}`);
  }

  /** Writes the facts of raw files of one partition to a Parquet file, which remembers the names of objects. */
  async writeParquet(
    files: string[],
    path: string,
    names: { sources: string[]; damaged: string[] },
  ): Promise<void> {
    const columns = FACT_COLUMNS.map(({ name, type }) =>
      type === 'json' ? `CAST(${name} AS VARCHAR) AS ${name}` : name,
    );
    const metadata = Object.entries(names).map(
      ([key, value]) => `${key}: ${quoted(JSON.stringify(value))}`,
    );
    await this.#connection.run(
      `COPY (SELECT ${columns.join(', ')} FROM (${selectRaw(files)})) TO ${quoted(path)}
       (FORMAT parquet, COMPRESSION snappy, KV_METADATA {${metadata.join(', ')}})`,
    );
  }

  /** The names that {@link writeParquet} kept, of all files. */
  async namesOf(files: string[], kind: 'sources' | 'damaged'): Promise<string[]> {
    if (files.length === 0) return [];
    const { rows } = await this.run(
      `SELECT decode(value) FROM parquet_kv_metadata(${listOf(files)}) WHERE decode(key) = '${kind}'`,
      [],
    );
    return rows.flatMap(([names]) => JSON.parse(String(names)) as string[]);
  }

  /**
   * Runs a person's SQL: one SELECT over the existing tables. From now on the database reads the given files and no others, loads
   * no extensions, and its settings are locked. DuckDB itself tells what a statement is; a {@link UsageError} refuses others.
   */
  async ask(sql: string, values: string[], files: string[]): Promise<QueryResult> {
    for (const setting of [
      `allowed_paths = ${listOf(files)}`,
      'enable_external_access = false',
      'lock_configuration = true',
    ])
      await this.#connection.run(`SET ${setting}`);
    const { count } = await this.#connection.extractStatements(sql);
    if (count !== 1) throw new UsageError(`There are ${count} statements: ask one question.`);
    const { statementType } = await this.#connection.prepare(sql);
    if (statementType !== StatementType.SELECT)
      throw new UsageError(
        `This is a statement of type ${StatementType[statementType]}: only SELECT is taken, since the archive is read and never written.`,
      );
    return this.run(sql, values);
  }

  /** Runs a query with text for each `?`. */
  async run(sql: string, values: string[]): Promise<QueryResult> {
    const statement = await this.#connection.prepare(sql);
    values.forEach((value, index) => {
      statement.bindVarchar(index + 1, value);
    });
    const reader = await statement.runAndReadAll();
    return { columns: reader.columnNames(), rows: reader.getRows().map((row) => row.map(cellOf)) };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function selectRaw(files: string[]): string {
  const columns = FACT_COLUMNS.map(({ name, key, type }) => ({
    name,
    key,
    type: duckDbType(type),
  }));
  if (files.length === 0) {
    const nothing = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
    return `SELECT ${nothing.join(', ')}, '' AS dt, '' AS hh WHERE false`;
  }
  const types = columns.map(({ key, type }) => `"${key}": ${quoted(type)}`);
  const names = columns.map(({ name, key }) => `"${key}" AS ${name}`);
  return `SELECT ${names.join(', ')}, dt, hh FROM read_json(${listOf(files)},
    format = 'newline_delimited', compression = 'gzip', ignore_errors = true, maximum_object_size = ${MAX_LINE_BYTES},
    hive_partitioning = true, hive_types = {dt: VARCHAR, hh: VARCHAR}, columns = {${types.join(', ')}})`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const listOf = (files: string[]) => `[${files.map(quoted).join(', ')}]`;

/** Whole numbers come as BigInt, of 64 or 128 bits; what the queries count fits a number. */
function cellOf(value: DuckDBValue): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return value === null ? null : String(value);
}

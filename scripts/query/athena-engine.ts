import { FACTS_PREFIX } from '../../lib/archive/read-archive.ts';
import { createAthenaClient } from '../../lib/aws/athena-client.ts';
import { type AthenaResult, runAthenaQuery } from '../../lib/aws/athena-query.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import { UsageError } from '../flags.ts';
import type { Answer, QueryRequest } from './answer.ts';
import type { AthenaStack } from './athena-stack.ts';
import { chooseLayer, type LayerChoice } from './choose-layer.ts';
import { CURATED_PREFIX } from './local-archive.ts';
import { type NamedQuery, sqlOf } from './named-query.ts';
import type { Cell, QueryResult } from './result.ts';

/** Athena's price of a tebibyte scanned in most regions, and the least that a query is charged for. */
const DOLLARS_PER_TEBIBYTE = 5;
const LEAST_BYTES = 10 * 1024 ** 2;

/** Runs a query in a deployment's Athena. */
export async function queryAthena(
  stack: AthenaStack,
  query: NamedQuery,
  { values, layer, fromMs, onProgress, signal }: QueryRequest,
): Promise<Answer> {
  if (query.isAdHoc) requireSelect(query.sql);
  const bucket = createS3ObjectStore({
    client: createS3Client({ region: stack.region }),
    bucket: stack.archive_bucket,
  });
  const choice = layer ? { layer } : await chooseAthenaLayer(bucket, fromMs);
  const result = await runAthenaQuery(sqlOf(query, choice.layer), values, {
    client: createAthenaClient({ region: stack.region }),
    database: stack.glue_database,
    workgroup: stack.athena_workgroup,
    clock: systemClock,
    onProgress: ({ state, scannedBytes }) =>
      onProgress(`${state}, ${sizeOf(scannedBytes)} scanned`),
    signal,
  });
  const note = noteOf(choice);
  return { ...choice, ...(note ? { note } : {}), result: resultOf(result), cost: costOf(result) };
}

/** Returns a note on what Athena cannot find in the raw facts. Pure. */
export function noteOf({ layer, note }: LayerChoice): string | undefined {
  if (layer !== 'raw') return note;
  const silent =
    'Athena reads the first fact of a line and passes over what is damaged: npm run audit names such places';
  return note === undefined ? silent : `${note}\n${silent}`;
}

/**
 * Refuses what does not begin with SELECT or WITH, which in Trino only ever read. The workgroup limits what a query scans and where its result
 * goes, but would run any other statement too. Pure.
 *
 * @throws UsageError names what it begins with
 */
export function requireSelect(sql: string): void {
  const plain = sql.replaceAll(/--[^\n]*|\/\*.*?\*\//gs, ' ');
  const [keyword = 'nothing'] = /[a-z]+/i.exec(plain) ?? [];
  if (!/^(select|with)$/i.test(keyword))
    throw new UsageError(
      `The question begins with ${keyword}: only SELECT and WITH are taken, since the archive is read and never written.`,
    );
}

/** The curated layer, if it goes back as far as the question or the archive does. */
async function chooseAthenaLayer(
  bucket: Pick<ObjectStore, 'list'>,
  fromMs: number,
): Promise<LayerChoice> {
  const [curated, raw] = await Promise.all([
    firstKey(bucket, CURATED_PREFIX),
    firstKey(bucket, FACTS_PREFIX),
  ]);
  return chooseLayer({ curated, raw }, fromMs);
}

async function firstKey(bucket: Pick<ObjectStore, 'list'>, prefix: string) {
  for await (const { key } of bucket.list(prefix)) return key;
  return undefined;
}

/** Values as their columns' types say. Pure. */
export function resultOf({ columns, rows }: Pick<AthenaResult, 'columns' | 'rows'>): QueryResult {
  return {
    columns: columns.map(({ name }) => name),
    rows: rows.map((row) => row.map((text, index) => cellOf(text, columns[index]?.type ?? ''))),
  };
}

const NUMBERS = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'float', 'double', 'decimal']);

function cellOf(text: string | null, type: string): Cell {
  if (text === null) return null;
  if (type === 'boolean') return text === 'true';
  return NUMBERS.has(type) ? Number(text) : text;
}

/** What was scanned and what that costs, in words. Pure. */
export function costOf({
  scannedBytes,
  engineMs,
}: Pick<AthenaResult, 'scannedBytes' | 'engineMs'>) {
  const charged = scannedBytes === 0 ? 0 : Math.max(scannedBytes, LEAST_BYTES);
  const dollars = (charged / 1024 ** 4) * DOLLARS_PER_TEBIBYTE;
  return `${sizeOf(scannedBytes)} scanned in ${(engineMs / 1000).toFixed(1)} s, about $${dollars.toFixed(5)}`;
}

function sizeOf(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePlace } from '../../lib/archive/entry.ts';
import { FACTS_PREFIX } from '../../lib/archive/read-archive.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { escapeControls } from '../../lib/safe-text.ts';
import { IDENTITY, NAMES } from '../../local/layout.ts';
import { type Endpoints, readEndpoints } from '../endpoints.ts';
import { UsageError } from '../flags.ts';
import type { Answer, QueryRequest } from './answer.ts';
import type { LayerChoice } from './choose-layer.ts';
import { DuckDbEngine } from './duckdb-engine.ts';
import { CURATED_PREFIX, curate, LocalArchive } from './local-archive.ts';
import { type NamedQuery, sqlOf } from './named-query.ts';
import { readableFiles } from './readable-files.ts';

/** Runs a query over the archive of a local run; one that has ended is read, too, as it is. */
export async function queryLocal(
  dataDir: string,
  query: NamedQuery,
  { values, layer, fromMs, onProgress }: QueryRequest,
): Promise<Answer> {
  const endpoints = await endpointsIfRunning(dataDir);
  const archive = new LocalArchive(dataDir, endpoints?.archiveBucket ?? NAMES.archiveBucket);
  const engine = await DuckDbEngine.open();
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-query-'));
  try {
    const choice =
      layer === 'raw' ? { layer } : await makeCurated(archive, endpoints, engine, onProgress);
    const { files, notes } =
      choice.layer === 'raw'
        ? await rawFiles(archive, fromMs, folder)
        : { files: await filesOf(archive, CURATED_PREFIX), notes: [] };
    if (choice.layer === 'raw') await engine.createRawTable(files);
    else await engine.createCuratedTable(files);
    onProgress('querying');
    const note = [choice.note ?? [], notes].flat().join('\n');
    const result = await engine.ask(sqlOf(query, choice.layer), values, files);
    return { ...choice, ...(note === '' ? {} : { note }), result };
  } finally {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Most damaged places in a note. */
const DAMAGES_SHOWN = 20;

/** Returns the archive from a time on as files for DuckDB, and its damaged places. */
async function rawFiles(archive: LocalArchive, fromMs: number, folder: string) {
  // A fact lies in the hour before its own at the earliest.
  const day = Number.isFinite(fromMs)
    ? new Date(fromMs - 3_600_000).toISOString().slice(0, 10)
    : '';
  const keys = (await archive.keys(FACTS_PREFIX)).filter(
    (key) => key >= `${FACTS_PREFIX}dt=${day}` || !key.startsWith(`${FACTS_PREFIX}dt=`),
  );
  const read = await Array.fromAsync(readableFiles(archive, keys, folder));
  const damages = read.flatMap((object) => object.damages);
  const shown = damages.slice(0, DAMAGES_SHOWN);
  return {
    files: read.flatMap(({ file }) => (file === undefined ? [] : [file])),
    notes:
      damages.length === 0
        ? []
        : [
            `${damages.length} damaged places; what they held is missing here:`,
            ...shown.map((damage) =>
              escapeControls(`  ${describePlace(damage)}: ${damage.detail}`),
            ),
            ...(damages.length > shown.length ? ['  and more: npm run audit counts them'] : []),
          ],
  };
}

/** The local run has no delivery stream that converts: what has arrived since the last query is converted by the next. */
async function makeCurated(
  archive: LocalArchive,
  endpoints: Endpoints | undefined,
  engine: DuckDbEngine,
  onProgress: QueryRequest['onProgress'],
): Promise<LayerChoice> {
  if (!endpoints)
    return {
      layer: 'raw',
      note: 'the run has ended, so nothing is converted: reading the raw facts',
    };
  onProgress('converting new facts to Parquet');
  const client = createS3Client({ endpoint: endpoints.s3, identity: IDENTITY });
  const objects = createS3ObjectStore({ client, bucket: endpoints.archiveBucket });
  const { damaged } = await curate(archive, objects, engine);
  if (damaged.length === 0) return { layer: 'curated' };
  const which = damaged.slice(0, 3).join(', ');
  return {
    layer: 'curated',
    note: `${damaged.length} object(s) of the archive cannot be read, or not all of them; those facts are missing: ${which}. See --raw`,
  };
}

async function filesOf(archive: LocalArchive, prefix: string): Promise<string[]> {
  return (await archive.keys(prefix)).map((key) => archive.file(key));
}

async function endpointsIfRunning(dataDir: string): Promise<Endpoints | undefined> {
  try {
    const endpoints = await readEndpoints(dataDir);
    return (await answers(endpoints.s3)) ? endpoints : undefined;
  } catch (error) {
    const ended = await stat(join(dataDir, 's3')).catch(() => undefined);
    if (ended && error instanceof UsageError) return undefined;
    throw error;
  }
}

/** A run that was killed leaves its endpoints behind. */
function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

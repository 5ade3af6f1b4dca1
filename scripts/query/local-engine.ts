import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FACTS_PREFIX } from '../../lib/archive/read-archive.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { IDENTITY, NAMES } from '../../local/layout.ts';
import { type Endpoints, readEndpoints } from '../endpoints.ts';
import { UsageError } from '../flags.ts';
import type { Answer, QueryRequest } from './answer.ts';
import type { LayerChoice } from './choose-layer.ts';
import { DuckDbEngine } from './duckdb-engine.ts';
import { CURATED_PREFIX, curate, LocalArchive } from './local-archive.ts';
import { type NamedQuery, sqlOf } from './named-query.ts';

/** Runs a query over the archive of a local run; one that has ended is read, too, as it is. */
export async function queryLocal(
  dataDir: string,
  query: NamedQuery,
  { values, layer, onProgress }: QueryRequest,
): Promise<Answer> {
  const endpoints = await endpointsIfRunning(dataDir);
  const archive = new LocalArchive(dataDir, endpoints?.archiveBucket ?? NAMES.archiveBucket);
  const engine = await DuckDbEngine.open();
  try {
    const choice =
      layer === 'raw' ? { layer } : await makeCurated(archive, endpoints, engine, onProgress);
    const files = await filesOf(archive, choice.layer === 'raw' ? FACTS_PREFIX : CURATED_PREFIX);
    if (choice.layer === 'raw') await engine.createRawTable(files);
    else await engine.createCuratedTable(files);
    onProgress('querying');
    return { ...choice, result: await engine.ask(sqlOf(query, choice.layer), values, files) };
  } finally {
    engine.close();
  }
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
    note: `${damaged.length} object(s) of the archive cannot be read, and their facts are missing: ${which}`,
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

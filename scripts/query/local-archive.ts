import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { FACTS_PREFIX } from '../../lib/archive/read-archive.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';

/** Where the facts lie in Parquet. */
export const CURATED_PREFIX = 'curated/';

/** The S3 emulator keeps an object's bytes in the file of its key and this. */
const BODY = '.data';

/** The files of the archive bucket of a local run. */
export class LocalArchive {
  readonly #folder: string;

  /** @param dataDir the run's data folder, running or not */
  constructor(dataDir: string, bucket: string) {
    this.#folder = join(dataDir, 's3', 'buckets', bucket, 'objects');
  }

  /** The keys under a prefix, in order. */
  async keys(prefix: string): Promise<string[]> {
    const folder = join(this.#folder, prefix);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(BODY))
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
      .map((path) => path.slice(0, -BODY.length).split(sep).join('/'))
      .sort();
  }

  file(key: string): string {
    return join(this.#folder, `${key}${BODY}`);
  }
}

/** What a conversion came to. */
export interface Curation {
  /** Objects that were converted. */
  converted: number;
  /** Objects that cannot be read: their facts are missing from the curated layer. */
  damaged: string[];
}

/**
 * Converts what the archive has and its curated layer has not yet, as on AWS a delivery stream does all the time. Each Parquet
 * object remembers the objects that its facts come from, so that this may be repeated, and killed, at any time; two at
 * once can write a fact twice, which every reader of the archive allows for.
 */
export async function curate(
  archive: LocalArchive,
  objects: Pick<ObjectStore, 'put'>,
  engine: DuckDbEngine,
): Promise<Curation> {
  const curated = await archive.keys(CURATED_PREFIX);
  const sources = await engine.sourcesOf(curated.map((key) => archive.file(key)));
  const known = new Set([...sources.values()].flat());
  const missing = (await archive.keys(FACTS_PREFIX)).filter((key) => !known.has(key));
  const damaged: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-curate-'));
  try {
    for (const [partition, keys] of Map.groupBy(missing, partitionOf)) {
      const path = join(folder, 'facts.parquet');
      const readable = await writeReadable(archive, engine, keys, path);
      damaged.push(...keys.filter((key) => !readable.includes(key)));
      if (readable.length === 0) continue;
      const key = `${CURATED_PREFIX}${partition}/facts-${digestOf(readable)}.parquet`;
      const contentType = 'application/vnd.apache.parquet';
      await objects.put(key, await readFile(path), { contentType });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { converted: missing.length - damaged.length, damaged };
}

/** Writes one Parquet file of some objects; one that is no gzip does not keep the others out. Answers which are in it. */
async function writeReadable(
  archive: LocalArchive,
  engine: DuckDbEngine,
  keys: string[],
  path: string,
): Promise<string[]> {
  const write = (some: string[]) =>
    engine.writeParquet(
      some.map((key) => archive.file(key)),
      path,
      some,
    );
  const isWritten = (some: string[]) =>
    write(some).then(
      () => true,
      () => false,
    );
  if (await isWritten(keys)) return keys;
  const readable: string[] = [];
  for (const key of keys) if (await isWritten([key])) readable.push(key);
  if (readable.length > 0) await write(readable);
  return readable;
}

/** `dt=…/hh=…` of a key. */
function partitionOf(key: string): string {
  return key.slice(FACTS_PREFIX.length, key.lastIndexOf('/'));
}

/** The same objects make the same object. */
function digestOf(keys: string[]): string {
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);
}

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { FACTS_PREFIX } from '../../lib/archive/read-facts.ts';
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

/**
 * Converts what the archive has and its curated layer has not yet, as on AWS a delivery stream does all the time. Each Parquet
 * object remembers the objects that its facts come from, so that this may be repeated, and killed, at any time; two at
 * once can write a fact twice, which every reader of the archive allows for. Answers how many objects were converted.
 */
export async function curate(
  archive: LocalArchive,
  objects: Pick<ObjectStore, 'put'>,
  engine: DuckDbEngine,
): Promise<number> {
  const curated = await archive.keys(CURATED_PREFIX);
  const sources = await engine.sourcesOf(curated.map((key) => archive.file(key)));
  const converted = new Set([...sources.values()].flat());
  const missing = (await archive.keys(FACTS_PREFIX)).filter((key) => !converted.has(key));
  const byPartition = Map.groupBy(missing, partitionOf);
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-curate-'));
  try {
    for (const [partition, keys] of byPartition) {
      const path = join(folder, 'facts.parquet');
      const files = keys.map((key) => archive.file(key));
      await engine.writeParquet(files, path, keys);
      const key = `${CURATED_PREFIX}${partition}/facts-${digestOf(keys)}.parquet`;
      await objects.put(key, await readFile(path), {
        contentType: 'application/vnd.apache.parquet',
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missing.length;
}

/** `dt=…/hh=…` of a key. */
function partitionOf(key: string): string {
  return key.slice(FACTS_PREFIX.length, key.lastIndexOf('/'));
}

/** The same objects make the same object. */
function digestOf(keys: string[]): string {
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);
}

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { FACTS_PREFIX } from '../../lib/archive/read-archive.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import { createFolderObjectStore } from '../../local/folder-object-store.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { readableFiles } from './readable-files.ts';

/** Where the facts lie in Parquet. */
export const CURATED_PREFIX = 'curated/';

/** The S3 emulator keeps an object's bytes in the file of its key and this. */
const BODY = '.data';

/** The files of the archive bucket of a local run. */
export class LocalArchive {
  readonly #folder: string;
  /** Reads the objects. */
  readonly store: Pick<ObjectStore, 'list' | 'stream'>;

  /** @param dataDir the run's data folder, running or not */
  constructor(dataDir: string, bucket: string) {
    this.#folder = join(dataDir, 's3', 'buckets', bucket, 'objects');
    this.store = createFolderObjectStore(this.#folder);
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

  /** The object's bytes as stored. */
  async size(key: string): Promise<number> {
    return (await stat(this.file(key))).size;
  }
}

/** What a conversion came to. */
interface Curation {
  /** Objects that were converted, as far as they can be read. */
  converted: number;
  /** Objects that cannot be read, or not all of them: what they held is missing from the curated layer. */
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
  const curated = (await archive.keys(CURATED_PREFIX)).map((key) => archive.file(key));
  const known = new Set(await engine.namesOf(curated, 'sources'));
  const damaged = await engine.namesOf(curated, 'damaged');
  const missing = (await archive.keys(FACTS_PREFIX)).filter((key) => !known.has(key));
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-curate-'));
  let converted = 0;
  try {
    for (const [partition, keys] of Map.groupBy(missing, partitionOf)) {
      const files = await Array.fromAsync(readableFiles(archive, keys, folder));
      const readable = files.flatMap(({ key, file }) =>
        file === undefined ? [] : [{ key, file }],
      );
      const harmed = files.filter(({ damages }) => damages.length > 0).map(({ key }) => key);
      damaged.push(...harmed);
      if (readable.length === 0) continue;
      converted += readable.length;
      const path = join(folder, 'facts.parquet');
      const sources = readable.map(({ key }) => key);
      await engine.writeParquet(
        readable.map(({ file }) => file),
        path,
        { sources, damaged: harmed.filter((key) => sources.includes(key)) },
      );
      const key = `${CURATED_PREFIX}${partition}/facts-${digestOf(sources)}.parquet`;
      const contentType = 'application/vnd.apache.parquet';
      await objects.put(key, await readFile(path), { contentType });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { converted, damaged };
}

/** `dt=…/hh=…` of a key. */
function partitionOf(key: string): string {
  return key.slice(FACTS_PREFIX.length, key.lastIndexOf('/'));
}

/** The same objects make the same object. */
function digestOf(keys: string[]): string {
  return createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);
}

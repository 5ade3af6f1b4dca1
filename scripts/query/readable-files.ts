import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Damage, newReadCounts } from '../../lib/archive/entry.ts';
import { isMarker, readArchive, readHeads } from '../../lib/archive/read-archive.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { LocalArchive } from './local-archive.ts';

/** An object of the archive as a file that holds its facts, one a line, and nothing else. */
interface ReadableFile {
  key: string;
  /** Absent where the object holds no fact that can be read. */
  file: string | undefined;
  /** Its damaged places. */
  damages: Damage[];
}

/**
 * The objects as files that DuckDB reads as the reader of the archive does: DuckDB sees one fact a line, and ends at zero bytes
 * between gzip members, without a word. An object that is not just whole lines is written anew, into `folder`.
 */
export async function* readableFiles(
  archive: LocalArchive,
  keys: string[],
  folder: string,
): AsyncGenerator<ReadableFile> {
  for (const key of keys) {
    const size = await archive.size(key);
    if (isMarker(key, size)) continue;
    const only = onlyOf(archive.store, key, size);
    const { isPlain, facts, damages } = await inspect(only);
    if (isPlain) yield { key, file: archive.file(key), damages };
    else if (facts === 0) yield { key, file: undefined, damages };
    else yield { key, file: await writeAnew(only, join(folder, key)), damages };
  }
}

type ListedObjects = Pick<ObjectStore, 'list' | 'stream'>;

function onlyOf({ stream }: ListedObjects, key: string, size: number): ListedObjects {
  return {
    stream,
    async *list() {
      yield { key, size, lastModified: new Date(0) };
    },
  };
}

async function inspect(object: ListedObjects) {
  const counts = newReadCounts();
  const damages: Damage[] = [];
  for await (const batch of readHeads(object, { unique: false, counts }))
    for (const entry of batch) if (entry.kind === 'damaged') damages.push(entry);
  return { isPlain: damages.length === 0 && counts.glued === 0, facts: counts.facts, damages };
}

async function writeAnew(object: ListedObjects, path: string): Promise<string> {
  async function* lines() {
    for await (const batch of readArchive(object, { unique: false }))
      yield batch.map((entry) => (entry.kind === 'fact' ? `${entry.text}\n` : '')).join('');
  }
  await mkdir(dirname(path), { recursive: true });
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(path));
  return path;
}

import { createReadStream, type Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ObjectStore, ObjectSummary } from '../lib/object-store.ts';

const BODY = '.data';

/**
 * A bucket of the S3 emulator, read where it lies while the emulator does not run: an object is the file
 * `<folder>/<key>.data`. Writing is refused. A bucket that was never made is empty.
 */
export function createFolderObjectStore(folder: string): ObjectStore {
  const pathOf = (key: string) => join(folder, `${encodeKey(key)}${BODY}`);
  const refuse = async () => {
    throw new Error(`${folder} can only be read while the pipeline does not run`);
  };
  return {
    put: refuse,
    delete: refuse,
    get: (key) => readFile(pathOf(key)).catch(absent),
    async stream(key) {
      const file = await stat(pathOf(key)).catch(absent);
      return file && createReadStream(pathOf(key));
    },
    list: (prefix) => listFolder(folder, prefix),
  };
}

async function* listFolder(folder: string, prefix: string): AsyncGenerator<ObjectSummary> {
  const start = join(folder, encodeKey(prefix.slice(0, prefix.lastIndexOf('/') + 1)));
  const files = await readdir(start, { recursive: true, withFileTypes: true }).catch(absent);
  const keys = (files ?? []).filter(isBody).map((file) => keyOf(folder, file));
  for (const key of keys.filter((key) => key.startsWith(prefix)).sort()) {
    const file = await stat(join(folder, `${encodeKey(key)}${BODY}`)).catch(absent);
    if (file) yield { key, size: file.size, lastModified: file.mtime };
  }
}

const isBody = (file: Dirent) => file.isFile() && file.name.endsWith(BODY);

function keyOf(folder: string, { parentPath, name }: Dirent): string {
  const path = relative(folder, join(parentPath, name.slice(0, -BODY.length)));
  return path
    .split(sep)
    .join('/')
    .replaceAll(/%[0-9a-f]{2}/g, decodeURIComponent);
}

/** As fauxqs 2.4 names files (`encodeKeyToPath`). */
function encodeKey(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const encoded = key.replaceAll(/[<>:"|?*\\%\u0000-\u001f]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return encoded.split('/').join(sep);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

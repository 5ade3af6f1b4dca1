import { createHash } from 'node:crypto';
import fs, {
  existsSync,
  type PathOrFileDescriptor,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  type WriteFileOptions,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';

/** Ends the name of a file that is still being written. */
const UNFINISHED = '.unfinished';

/**
 * From now on `writeFileSync` to a file inside `folder` either happens whole or not at all, also when the
 * process is killed: fauxqs writes its files in place, and does not start again with half a one.
 * Modules see the change that import `node:fs` afterwards. `onWritten` is called after each write, with the file's path within the folder.
 */
export function writeAtomicallyWithin(folder: string, onWritten: (path: string) => void): void {
  const inside = join(resolve(folder), sep);
  const write = fs.writeFileSync;
  fs.writeFileSync = (file, data, options?: WriteFileOptions) => {
    if (!isPathWithin(file, inside)) return write(file, data, options);
    const unfinished = `${file}${UNFINISHED}`;
    write(unfinished, data, options);
    fs.renameSync(unfinished, file);
    onWritten(relative(inside, file));
  };
  syncBuiltinESMExports();
}

function isPathWithin(file: PathOrFileDescriptor, folder: string): file is string {
  return typeof file === 'string' && resolve(file).startsWith(folder);
}

const BODY = '.data';
const META = '.meta.json';

/**
 * Makes each stored object whole again after a crash. fauxqs keeps an object as two files and writes the
 * body first, so that a kill between the two leaves one object, which nobody was told about, in one of these states:
 * - a body alone: a new object, dropped;
 * - a body newer than its description: a replaced object, described anew;
 * - a description alone: a deleted object, dropped.
 */
export function repairObjects(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (path.endsWith(UNFINISHED)) rmSync(path);
    else if (path.endsWith(BODY)) repairBody(path);
    else if (path.endsWith(META)) dropWithoutBody(path);
  }
}

function repairBody(bodyPath: string): void {
  const metaPath = bodyPath.slice(0, -BODY.length) + META;
  if (!existsSync(metaPath)) {
    rmSync(bodyPath);
    return;
  }
  const written = statSync(bodyPath);
  if (written.mtimeMs <= statSync(metaPath).mtimeMs) return;
  const body = readFileSync(bodyPath);
  const { checksumAlgorithm, checksumValue, checksumType, parts, partChecksums, ...kept } =
    JSON.parse(readFileSync(metaPath, 'utf8'));
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const description = { ...kept, contentLength: body.length, etag, lastModified: written.mtime };
  writeFileSync(metaPath, JSON.stringify(description));
}

function dropWithoutBody(metaPath: string): void {
  if (!existsSync(metaPath.slice(0, -META.length) + BODY)) rmSync(metaPath);
}

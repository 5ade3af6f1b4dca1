import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNFINISHED } from './atomic-writes.ts';

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

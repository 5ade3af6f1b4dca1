import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Bundle } from '../build.ts';

/** What Lambda gets of one function. */
export interface Zip {
  name: string;
  path: string;
  bytes: number;
  /** Of the zip, in hex. */
  sha256: string;
}

/**
 * Makes `<name>.zip` in `outDir` from each bundle. The same bundles give the same bytes, on any day and in any time zone, so
 * that Terraform deploys what changed and nothing else.
 */
export async function zipFunctions(bundles: Bundle[], outDir: string): Promise<Zip[]> {
  await mkdir(outDir, { recursive: true });
  const zips: Zip[] = [];
  for (const { name, path } of bundles.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const contents = await zipOf([{ name: 'index.mjs', contents: await readFile(path) }]);
    const zipPath = join(outDir, `${name}.zip`);
    await writeFile(`${zipPath}.partial`, contents);
    await rename(`${zipPath}.partial`, zipPath);
    zips.push({ name, path: zipPath, bytes: contents.byteLength, sha256: sha256Of(contents) });
  }
  return zips;
}

/** A zip's times are in local time, without a zone: the earliest that the format knows, in whatever zone this runs. */
const ALWAYS = new Date(1980, 0, 1);

/** A zip whose bytes depend on nothing but names and contents. */
export function zipOf(files: { name: string; contents: Uint8Array }[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, contents } of files)
    zip.addBuffer(Buffer.from(contents), name, {
      mtime: ALWAYS,
      mode: 0o100644,
      forceDosTimestamp: true,
    });
  zip.end();
  return buffer(zip.outputStream);
}

function sha256Of(contents: Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

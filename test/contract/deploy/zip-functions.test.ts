import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { FUNCTIONS } from '../../../scripts/build.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

interface Report {
  functions: { name: string; bytes: number; sha256: string; path: string }[];
}

/** `npm run deploy:check -- --json` in a time zone, on a machine of its own as it were. */
async function deployCheck(timeZone: string): Promise<Report> {
  const folder = await temporaryFolder('zips');
  const flags = ['scripts/run.mjs', 'deploy-check', '--json', '--out', folder];
  const options = { cwd: ROOT, env: { ...process.env, TZ: timeZone } };
  // The exit code says whether Terraform and handlers/ name the same functions, which is not what is asked here.
  const { stdout } = await run(process.execPath, flags, options).catch(
    (error: { stdout: string }) => error,
  );
  return JSON.parse(stdout) as Report;
}

it('zips every function to the same bytes, wherever and whenever it is built', async () => {
  const here = await deployCheck('Pacific/Kiritimati');
  const elsewhere = await deployCheck('America/Los_Angeles');
  const hashes = (report: Report) => report.functions.map(({ name, sha256 }) => [name, sha256]);
  expect(hashes(elsewhere)).toEqual(hashes(here));
  expect(here.functions.map(({ name }) => name)).toEqual(FUNCTIONS.toSorted());
  expect(new Set(here.functions.map(({ sha256 }) => sha256)).size).toBe(FUNCTIONS.length);
});

it('makes zips that hold the bundle under the name of its handler', async () => {
  const { functions } = await deployCheck('UTC');
  for (const { path, bytes } of functions) {
    const zip = await readFile(path);
    expect(zip.byteLength).toBe(bytes);
    // A local file header: signature, …, the name's length at 26, the name at 30 (PKWARE APPNOTE 4.3.7).
    expect(zip.readUInt32LE(0)).toBe(0x04034b50);
    expect(zip.toString('utf8', 30, 30 + zip.readUInt16LE(26))).toBe('index.mjs');
  }
});

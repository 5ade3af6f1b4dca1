import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { ConfigError, messageOf } from '../lib/errors.ts';
import { checkPaths } from '../lib/target/check-paths.ts';
import { compileContract } from '../lib/target/compile-contract.ts';
import type { ContractFiles } from '../lib/target/contract.ts';

const ROOT = join(import.meta.dirname, '..');

/** The default contract: that of the target application here. */
export const DEFAULT_CONTRACT_DIR = join(ROOT, 'target');

/** A target contract that compiles, with what tells it from others. */
export interface NamedContract {
  /** Relative to the repository if it lies there, otherwise absolute. */
  folder: string;
  /** The first 12 hex digits of the SHA-256 of its files. */
  sha256: string;
  files: ContractFiles;
}

const FILES = ['create.graphql', 'lookup.graphql', 'contract.json'] as const;

/**
 * Reads a contract from its folder and compiles it.
 *
 * @throws ConfigError that names every problem at once, with file and place
 */
export async function readContract(dir = DEFAULT_CONTRACT_DIR): Promise<NamedContract> {
  const folder = nameOf(dir);
  try {
    const files = await readFiles(dir);
    compileContract(files);
    const { problems } = checkPaths(files);
    if (problems.length > 0) throw new ConfigError(problems);
    return { folder, sha256: fingerprintOf(files), files };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `${folder}/${problem}`));
  }
}

function nameOf(dir: string): string {
  const absolute = resolve(dir);
  const inside = relative(ROOT, absolute);
  return inside.startsWith('..') ? absolute : inside;
}

async function readFiles(dir: string): Promise<ContractFiles> {
  const names = await namesIn(dir);
  const problems = names.flatMap(misnamed);
  const texts = new Map<string, string>();
  for (const name of FILES)
    if (names.includes(name)) texts.set(name, await textOf(join(dir, name)));
    else if (name !== 'lookup.graphql') problems.push(`${name}: is missing`);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(texts) as unknown as ContractFiles;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new ConfigError([': there is no such folder (docs/connect-your-api.md, step 1)']);
    throw new ConfigError([`: cannot be read: ${messageOf(error)}`]);
  }
}

/** A lookup in a file of another name would be missed in silence. */
function misnamed(name: string): string[] {
  const meant = FILES.find((file) => name.startsWith(`${file.split('.')[0]}.`));
  return meant === undefined || meant === name ? [] : [`${name}: is not read; call it ${meant}`];
}

/** Editors on Windows put a byte order mark before the text. */
async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
}

function fingerprintOf(files: ContractFiles): string {
  const entries = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 12);
}

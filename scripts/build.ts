import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, stop } from 'esbuild';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print } from './output.ts';
import { type NamedContract, readContract } from './target-contract.ts';

/** The Lambda functions: one file each in `handlers/`. */
export const FUNCTIONS = [
  'authorize',
  'ingest',
  'health',
  'status',
  'dispatch',
  'recover',
  'project',
  'alert',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export interface Bundle {
  name: FunctionName;
  path: string;
  bytes: number;
  gzipBytes: number;
}

const ROOT = join(import.meta.dirname, '..');

/** Some CommonJS dependencies call `require` for Node's own modules, which an ES module does not have. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const ENTRIES = Object.fromEntries(FUNCTIONS.map((name) => [name, `handlers/${name}.ts`]));

/**
 * Bundles every handler to one minified ES module with a source map: the very files that go into the Lambda zips. Beside them
 * `target-contract.json` names the target contract that dispatch has in it.
 *
 * @param entries other handlers to bundle in the same way, by name
 * @param contract absent: the default contract
 * @throws ConfigError that names every problem of the contract
 */
export async function buildHandlers(
  outDir = join(ROOT, 'dist'),
  entries: Record<string, string> = ENTRIES,
  contract?: NamedContract,
): Promise<Bundle[]> {
  const { folder, sha256, files } = contract ?? (await readContract());
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(entries).map(([name, file]) => ({
      in: file,
      out: `${name}/index`,
    })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    // Logs and stack traces name functions and error classes. Shorter names with `keepNames` would cost more than they save: it
    // gives every closure its name anew whenever one is made.
    minifyIdentifiers: false,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    define: { TARGET_CONTRACT: JSON.stringify(files) },
    write: false,
  });
  // Its service process would stay beside a pipeline for as long as that runs.
  await stop();
  for (const file of result.outputFiles) await writeWhole(file.path, file.contents);
  await writeWhole(
    join(outDir, 'target-contract.json'),
    Buffer.from(`${JSON.stringify({ folder, sha256 })}\n`),
  );
  return result.outputFiles
    .filter((file) => file.path.endsWith('.mjs'))
    .map((file) => ({
      name: basename(dirname(file.path)) as FunctionName,
      path: file.path,
      bytes: file.contents.byteLength,
      gzipBytes: gzipSync(file.contents).byteLength,
    }));
}

/** Replaces a file in one step, so that a pipeline which is starting beside this build never reads half of it. */
async function writeWhole(path: string, contents: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, contents);
  await rename(partial, path);
}

/** A line for each bundle: its size, its size in a zip, its path. */
export function linesOfBundles(bundles: Bundle[]): string[] {
  const kib = (count: number) => `${(count / 1024).toFixed(1)} KiB`.padStart(10);
  return bundles.map(
    ({ name, path, bytes, gzipBytes }) =>
      `${name.padEnd(10)} ${kib(bytes)}  ${kib(gzipBytes)} gzip  ${relative(process.cwd(), path)}`,
  );
}

const USAGE = `Usage: npm run build [-- --target-contract DIR]

Bundles every function into dist/.

  --target-contract DIR   folder of the target contract that dispatch gets (default: target/)`;

/** `npm run build`. */
export function main(argv: string[] = []): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, { 'target-contract': { type: 'string' } });
    const contract = await readContract(flags['target-contract']);
    const bundles = await buildHandlers(undefined, undefined, contract);
    print([...linesOfBundles(bundles), lineOfContract(contract)]);
    return 0;
  });
}

/** Names a contract for a person. */
export function lineOfContract({ folder, sha256 }: NamedContract): string {
  return `target contract: ${folder} (SHA-256 ${sha256}…)`;
}

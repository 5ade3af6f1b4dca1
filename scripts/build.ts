import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** The Lambda functions: one file each in `handlers/`. */
export const FUNCTIONS = ['authorize', 'ingest', 'health', 'dispatch'] as const;
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

/** Bundles every handler to one minified ES module with a source map: the very files that go into the Lambda zips. */
export async function buildHandlers(outDir = join(ROOT, 'dist')): Promise<Bundle[]> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: FUNCTIONS.map((name) => ({ in: `handlers/${name}.ts`, out: `${name}/index` })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    // Logs and stack traces name functions and error classes.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    legalComments: 'none',
    write: false,
  });
  for (const file of result.outputFiles) await writeWhole(file.path, file.contents);
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

function printBundle({ name, path, bytes, gzipBytes }: Bundle): void {
  const kib = (count: number) => `${(count / 1024).toFixed(1)} KiB`.padStart(10);
  console.log(`${name.padEnd(10)} ${kib(bytes)}  ${kib(gzipBytes)} gzip  ${path}`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  for (const bundle of await buildHandlers(values.out)) printBundle(bundle);
}

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildHandlers } from '../build.ts';
import { functionsOfTerraform } from '../deploy/terraform-functions.ts';
import { zipFunctions, zipOf } from '../deploy/zip-functions.ts';
import { type Tools, terraformEnvironment } from './tools.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A copy of terraform/ beside the functions' zips, in a folder of its own, so that a test leaves nothing in the project. */
export interface Workspace {
  /** The copy of terraform/. */
  root: string;
  run(args: string[], options?: { quiet?: boolean; folder?: string }): Promise<TerraformResult>;
  remove(): Promise<void>;
}

interface TerraformResult {
  code: number;
  /** What it said, on either stream; empty unless it was run quietly. */
  output: string;
}

/** Copies terraform/ and its queries, and builds the zips where it expects them. */
export async function createWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-terraform-'));
  const root = join(folder, 'terraform');
  const filter = (path: string) => basename(path) !== '.terraform';
  await cp(join(ROOT, 'terraform'), root, { recursive: true, filter });
  await cp(join(ROOT, 'queries'), join(folder, 'queries'), { recursive: true }).catch(ignoreAbsent);
  await zipEverything(join(folder, 'dist'), root);
  return {
    root,
    run: (args, options = {}) =>
      runTerraform(args, join(root, options.folder ?? '.'), options.quiet),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Terraform wants a zip of every function that it describes; one that has no bundle yet gets a zip that says so. */
async function zipEverything(dist: string, root: string): Promise<void> {
  const zips = await zipFunctions(await buildHandlers(dist), dist);
  const described = functionsOfTerraform(await readFile(join(root, 'functions.tf'), 'utf8'));
  for (const name of described.filter((name) => !zips.some((zip) => zip.name === name))) {
    const contents = Buffer.from(`throw new Error('${name} is not built yet');\n`);
    await writeFile(join(dist, `${name}.zip`), await zipOf([{ name: 'index.mjs', contents }]));
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** `terraform init`, from the machine's own folder of providers where there is one; without a backend unless it is wanted. */
export function initialise(
  workspace: Workspace,
  tools: Tools,
  { folder = '.', hasBackend = false } = {},
): Promise<TerraformResult> {
  const plugins = tools.pluginDir ? [`-plugin-dir=${tools.pluginDir}`] : [];
  const flags = ['init', '-input=false', `-backend=${hasBackend}`, ...plugins];
  return workspace.run(flags, { quiet: true, folder });
}

function runTerraform(args: string[], cwd: string, isQuiet = false): Promise<TerraformResult> {
  const child = spawn('terraform', args, {
    cwd,
    env: terraformEnvironment(),
    stdio: isQuiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

// Runs a command of this project: `node scripts/run.mjs <command> [flags]` is `main(flags)` of scripts/<command>.ts.
// Plain JavaScript, because on a fresh clone it is the only file that the machine's own Node has to understand: it
// installs what is missing, and goes on under the Node of the Lambda runtime, which the installation brings.
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const [command, ...flags] = process.argv.slice(2);

/** Commands that need the development dependencies. */
const DEVELOPMENT = new Set(['test', 'test-terraform', 'bench', 'format']);

const FLAGS = ['--disable-warning=ExperimentalWarning'];

await install();
const runtime = lambdaRuntime();
if (runtime) process.exitCode = await run(runtime, [...FLAGS, process.argv[1], command, ...flags]);
else await runHere();

async function runHere() {
  hideExperimentalWarnings();
  const file = join(root, 'scripts', `${command}.ts`);
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(flags).catch(fail);
}

/** An error's text may come from outside. */
async function fail(error) {
  const { printFailure } = await import(pathToFileURL(join(root, 'scripts', 'output.ts')).href);
  printFailure(error);
  return 1;
}

/** The Node of the Lambda runtime that the installation brought, if this is not that one. */
function lambdaRuntime() {
  const name = process.platform === 'win32' ? 'node.cmd' : 'node';
  const node = join(root, 'node_modules', '.bin', name);
  if (existsSync(node))
    return realpathSync(node) === realpathSync(process.execPath) ? undefined : node;
  if (process.features.typescript) return undefined;
  console.error(
    `No Node 22 for ${process.platform}-${process.arch} comes with this project: install Node 22.18 or later.`,
  );
  process.exit(2);
}

/** Node runs TypeScript and SQLite well, but warns of both. */
function hideExperimentalWarnings() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') console.error(warning.stack ?? String(warning));
  });
}

/** `npm ci`, if the lock file is newer than what is installed; two commands that start together do it once. */
async function install() {
  if (isInstalled()) return;
  refuseLinkedFolder();
  const lock = join(root, '.install.lock');
  while (!acquire(lock)) await delay(200);
  try {
    if (isInstalled()) return;
    console.error('Installing the dependencies (this is done once) …');
    const npm = process.env.npm_execpath;
    const args = [...installation(), '--no-audit', '--no-fund', '--loglevel=error'];
    const code = npm ? await run(process.execPath, [npm, ...args]) : await run('npm', args);
    if (code !== 0) process.exit(code);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * The arguments for npm. Users need a third less than maintainers. `npm ci` empties the folder, which a running pipeline may be using, so the development
 * dependencies are added to it instead.
 */
function installation() {
  if (!DEVELOPMENT.has(command)) return ['ci', '--omit=dev'];
  return isCurrent() ? ['install', '--no-save', '--include=dev'] : ['ci', '--include=dev'];
}

/** `npm ci` empties `node_modules` first: behind a link, that is somebody else's folder. */
function refuseLinkedFolder() {
  const folder = join(root, 'node_modules');
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  console.error(
    'node_modules is a symbolic link to a folder that does not match package-lock.json: install there, or remove the link.',
  );
  process.exit(2);
}

function isInstalled() {
  const hasAll = existsSync(join(root, 'node_modules', 'vitest'));
  return isCurrent() && (hasAll || !DEVELOPMENT.has(command));
}

/** Tells whether the installation is newer than the lock file. */
function isCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** A folder is made by exactly one process; one that is older than ten minutes was left by a killed process. */
function acquire(lock) {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > 600_000) rmSync(lock, { recursive: true, force: true });
  return false;
}

/** The exit code of a command that shares this terminal and gets this process's signals. */
function run(file, args) {
  const child = spawn(file, args, { cwd: process.cwd(), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

// Runs a command of this project: `node scripts/run.mjs <command> [flags]` is `main(flags)` of scripts/<command>.ts.
// Plain JavaScript, because on a fresh clone it is the only file that the machine's own Node has to understand: it
// installs what is missing, and goes on under the Node of the Lambda runtime, which the installation brings.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const [command, ...flags] = process.argv.slice(2);

await install();
if (major() >= 22) await runHere();
else process.exitCode = await run(bundledNode(), [process.argv[1], command, ...flags]);

async function runHere() {
  const file = join(root, 'scripts', `${command}.ts`);
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(flags);
}

function major() {
  return Number(process.versions.node.split('.')[0]);
}

function bundledNode() {
  const node = join(
    root,
    'node_modules',
    '.bin',
    process.platform === 'win32' ? 'node.cmd' : 'node',
  );
  if (existsSync(node)) return node;
  console.error(
    `No Node 22 for ${process.platform}-${process.arch} comes with this project: install Node 22.18 or later.`,
  );
  process.exit(2);
}

/** `npm ci`, if the lock file is newer than what is installed; two commands that start together do it once. */
async function install() {
  if (isInstalled()) return;
  const lock = join(root, '.install.lock');
  while (!acquire(lock)) await delay(200);
  try {
    if (isInstalled()) return;
    console.error('Installing the dependencies (this is done once) …');
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const code = npm ? await run(process.execPath, [npm, ...args]) : await run('npm', args);
    if (code !== 0) process.exit(code);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isInstalled() {
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

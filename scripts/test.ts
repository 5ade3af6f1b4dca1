import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main as build } from './build.ts';
import { main as testTerraform } from './test-terraform.ts';

const ROOT = join(import.meta.dirname, '..');
const bin = (name: string) => join(ROOT, 'node_modules', name);

/** Without `terraform`, which needs tools that are not everywhere; the last step runs it where they are. */
const PROJECTS = ['unit', 'contract', 'pipeline'].flatMap((name) => ['--project', name]);

interface Step {
  name: string;
  run: () => Promise<number>;
}

/** Everything that has to be true of a commit, cheapest first. */
const STEPS: Step[] = [
  {
    name: 'format, lint and import rules',
    run: () => node(bin('@biomejs/biome/bin/biome'), ['ci', '.']),
  },
  { name: 'types', run: () => node(bin('typescript/bin/tsc'), []) },
  { name: 'build', run: build },
  {
    name: 'unit, contract and pipeline tests',
    run: () => node(bin('vitest/vitest.mjs'), ['run', ...PROJECTS]),
  },
  { name: 'deployment', run: () => testTerraform() },
];

/** `npm test`: runs every step, stops at the first that fails, and answers its exit code. */
export async function main(): Promise<number> {
  const startedMs = performance.now();
  for (const { name, run } of STEPS) {
    console.log(`\n── ${name} ──`);
    const code = await run();
    if (code !== 0) {
      console.error(`\nFAILED: ${name} (exit code ${code})`);
      return code;
    }
  }
  console.log(`\nAll steps passed in ${((performance.now() - startedMs) / 1000).toFixed(0)} s.`);
  return 0;
}

/** Runs a program under this very Node, in this terminal. */
function node(file: string, args: string[]): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

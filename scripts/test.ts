import { main as build } from './build.ts';
import { runNode } from './run-node.ts';
import { main as testTerraform } from './test-terraform.ts';

/** Without `terraform`, which needs tools that are not everywhere; the last step runs it where they are. */
const PROJECTS = ['unit', 'contract', 'pipeline', 'waiting'].flatMap((name) => ['--project', name]);

interface Step {
  name: string;
  run: () => Promise<number>;
}

/** Everything that has to be true of a commit, cheapest first. */
const STEPS: Step[] = [
  {
    name: 'format, lint and import rules',
    run: () => runNode('node_modules/@biomejs/biome/bin/biome', ['ci', '.']),
  },
  { name: 'types', run: () => runNode('node_modules/typescript/bin/tsc', []) },
  {
    name: 'types of the console',
    run: () => runNode('node_modules/typescript/bin/tsc', ['-p', 'console']),
  },
  { name: 'build', run: build },
  {
    name: 'unit, contract and pipeline tests',
    run: () => runNode('node_modules/vitest/vitest.mjs', ['run', ...PROJECTS]),
  },
  { name: 'deployment', run: () => testTerraform() },
];

const TAKES =
  'This takes about 11 minutes on two processors: 8 for the tests, and 3 for the deployment if Terraform is installed.';

/** `npm test`: runs every step, stops at the first that fails, and answers its exit code. */
export async function main(): Promise<number> {
  const startedMs = performance.now();
  console.log(TAKES);
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

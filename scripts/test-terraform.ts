import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { runNode } from './run-node.ts';
import { findTools, type MissingTool, type Tools } from './terraform/tools.ts';
import { createWorkspace, initialise, type Workspace } from './terraform/workspace.ts';

const USAGE = `npm run test:terraform -- [--required]

Checks the deployment without an AWS account: format, validity, plans against a mocked provider, and an apply of the whole
on an emulator (moto), whose result is read back through the AWS SDK.

  --required   fail where a tool is missing, instead of skipping (also REQUIRE_TERRAFORM=true)`;

/** `npm run test:terraform`. Where a tool is missing it says loudly what was not tested, and how to get the tool. */
export function main(argv: string[] = []): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, { required: { type: 'boolean' } });
    const { tools, missing } = await findTools();
    if (missing.length > 0) {
      explain(missing);
      return flags.required || process.env.REQUIRE_TERRAFORM === 'true' ? 1 : 0;
    }
    const workspace = await createWorkspace();
    try {
      return await runSteps(workspace, tools);
    } finally {
      await workspace.remove();
    }
  });
}

async function runSteps(workspace: Workspace, tools: Tools): Promise<number> {
  const steps: [name: string, run: () => Promise<number>][] = [
    ['format', () => codeOf(workspace.run(['fmt', '-check', '-diff', '-recursive']))],
    ['validity of bootstrap', () => validate(workspace, tools, 'bootstrap')],
    ['validity', () => validate(workspace, tools, '.')],
    ['plans against a mocked provider, and apply on an emulator', () => planAndApply(workspace)],
  ];
  for (const [name, run] of steps) {
    const startedMs = performance.now();
    const code = await run();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`terraform: ${name} ${code === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
    if (code !== 0) return code;
  }
  return 0;
}

async function validate(workspace: Workspace, tools: Tools, folder: string): Promise<number> {
  const { code, output } = await initialise(workspace, tools, { folder });
  if (code !== 0) {
    console.error(output);
    return code;
  }
  return codeOf(workspace.run(['validate'], { folder }));
}

async function codeOf(result: Promise<{ code: number }>): Promise<number> {
  return (await result).code;
}

/** Both at once: most of an apply is the provider's waiting until S3 would have settled. */
async function planAndApply(workspace: Workspace): Promise<number> {
  const [plans, applyCode] = await Promise.all([
    workspace.run(['test'], { quiet: true }),
    applyOnEmulator(),
  ]);
  console.log(plans.code === 0 ? plans.output.trim().split('\n').at(-1) : plans.output);
  return plans.code || applyCode;
}

/** The tests under test/terraform/ start the emulator themselves. */
function applyOnEmulator(): Promise<number> {
  const flags = ['run', '--project', 'terraform', '--disable-console-intercept'];
  return runNode('node_modules/vitest/vitest.mjs', flags);
}

function explain(missing: MissingTool[]): void {
  console.error('************************************************************************');
  console.error('SKIPPED: nothing under terraform/ was tested. This machine lacks:');
  for (const { name, howToGet } of missing) console.error(`  - ${name}: ${howToGet}`);
  console.error('************************************************************************');
}

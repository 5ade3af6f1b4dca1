import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf } from '../lib/errors.ts';
import { type PipelineSettings, readPipelineSettings } from '../lib/settings.ts';
import { buildHandlers, lineOfContract } from './build.ts';
import { planProblems, type TerraformPlan } from './deploy/plan-check.ts';
import { functionsOfTerraform } from './deploy/terraform-functions.ts';
import { type Zip, zipFunctions } from './deploy/zip-functions.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { type NamedContract, readContract } from './target-contract.ts';

const ROOT = join(import.meta.dirname, '..');
const TERRAFORM = join(ROOT, 'terraform');

const USAGE = `npm run deploy:check -- [--out DIR] [--target-contract DIR] [--json]

Builds the zip of every function, the same bytes from the same code, and says what Terraform would deploy.
With --plan, builds nothing and checks a plan: it must not delete or replace a store of events or a reader of the journal, nor make or
change what only a person may.

  --out DIR               where the zips go (default: dist/, where Terraform takes them from)
  --target-contract DIR   folder of the target contract that is deployed (default: target/)
  --plan FILE             output of terraform show -json PLAN
  --json                  the same for machines

Exit codes: 0 deployable, 1 not deployable, 2 wrong usage.`;

/** What would be deployed: a zip with the settings that its function gets. */
interface Deployable extends Zip {
  timeoutSeconds: number;
  memoryMb: number;
}

/**
 * `npm run deploy:check`. Exit code 1 if Terraform describes a function of which there is no zip, or the other way round; with `--plan`, if a
 * workflow must not apply the plan.
 */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, {
      out: { type: 'string' },
      'target-contract': { type: 'string' },
      plan: { type: 'string' },
      json: { type: 'boolean' },
    });
    if (flags.plan !== undefined) return checkPlan(flags.plan, flags.json);
    const outDir = flags.out ?? join(ROOT, 'dist');
    const settings = await readPipelineSettings(join(TERRAFORM, 'pipeline.auto.tfvars.json'));
    const contract = await readContract(flags['target-contract']);
    const zips = await zipFunctions(await buildHandlers(outDir, undefined, contract), outDir);
    const deployables = zips.map((zip) => withSettings(zip, settings));
    const described = functionsOfTerraform(await readFile(join(TERRAFORM, 'functions.tf'), 'utf8'));
    const problems = problemsOf(
      described,
      zips.map(({ name }) => name),
    );
    const { folder, sha256 } = contract;
    const report = { functions: deployables, targetContract: { folder, sha256 }, problems };
    if (flags.json) printJson(report);
    else printReport(deployables, contract, problems);
    return problems.length === 0 ? 0 : 1;
  });
}

async function checkPlan(path: string, json = false): Promise<number> {
  const problems = planProblems(await readPlan(path));
  if (json) printJson({ problems });
  else if (problems.length === 0) print('The plan deletes and replaces nothing that holds events.');
  else printProblems(problems);
  return problems.length === 0 ? 0 : 1;
}

async function readPlan(path: string): Promise<TerraformPlan> {
  let plan: unknown;
  try {
    plan = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--plan ${path} cannot be read as JSON: ${messageOf(error)}`);
  }
  // Without this, any other JSON would pass as a plan that changes nothing.
  if (isPlan(plan)) return plan;
  throw new UsageError(`--plan ${path} is not the output of terraform show -json PLAN.`);
}

function isPlan(json: unknown): json is TerraformPlan {
  return (
    typeof json === 'object' &&
    json !== null &&
    'format_version' in json &&
    'planned_values' in json
  );
}

function withSettings(zip: Zip, settings: PipelineSettings): Deployable {
  const values = settings as Record<string, unknown>;
  return {
    ...zip,
    timeoutSeconds: Number(values[`${zip.name}_timeout_seconds`]),
    memoryMb: Number(values[`${zip.name}_memory_mb`]),
  };
}

/** What does not fit together, in words. Pure. */
export function problemsOf(described: string[], zipped: string[]): string[] {
  return [
    ...described
      .filter((name) => !zipped.includes(name))
      .map(
        (name) => `${name}: terraform/functions.tf describes it, but handlers/ has no such file`,
      ),
    ...zipped
      .filter((name) => !described.includes(name))
      .map((name) => `${name}: handlers/ has it, but terraform/functions.tf does not describe it`),
  ];
}

function printReport(deployables: Deployable[], contract: NamedContract, problems: string[]): void {
  for (const { name, bytes, sha256, path, timeoutSeconds, memoryMb } of deployables) {
    const size = `${(bytes / 1024).toFixed(1)} KiB`.padStart(10);
    const limits = `${memoryMb} MB, ${timeoutSeconds} s`.padEnd(14);
    print(`${name.padEnd(10)} ${size}  ${sha256}  ${limits}  ${relative(ROOT, path)}`);
  }
  print(`\n${lineOfContract(contract)}`);
  print(
    `\n${deployables.length} functions (nodejs22.x, arm64, index.handler). To deploy them:\n` +
      '  terraform -chdir=terraform plan -var-file=environments/dev.tfvars -out=dev.tfplan && terraform -chdir=terraform apply dev.tfplan',
  );
  printProblems(problems.map((problem) => `${problem}.`));
}

function printProblems(problems: string[]): void {
  for (const problem of problems) printNote(`\nNOT DEPLOYABLE: ${problem}`);
}

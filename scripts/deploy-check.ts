import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type PipelineSettings, readPipelineSettings } from '../lib/settings.ts';
import { buildHandlers, lineOfContract } from './build.ts';
import { functionsOfTerraform } from './deploy/terraform-functions.ts';
import { type Zip, zipFunctions } from './deploy/zip-functions.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { type NamedContract, readContract } from './target-contract.ts';

const ROOT = join(import.meta.dirname, '..');
const TERRAFORM = join(ROOT, 'terraform');

const USAGE = `npm run deploy:check -- [--out DIR] [--target-contract DIR] [--json]

Builds the zip of every function, the same bytes from the same code, and says what Terraform would deploy.

  --out DIR               where the zips go (default: dist/, where Terraform takes them from)
  --target-contract DIR   folder of the target contract that is deployed (default: target/)
  --json                  the same for machines`;

/** What would be deployed: a zip with the settings that its function gets. */
interface Deployable extends Zip {
  timeoutSeconds: number;
  memoryMb: number;
}

/** `npm run deploy:check`. Exit code 1 if Terraform describes a function of which there is no zip, or the other way round. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, {
      out: { type: 'string' },
      'target-contract': { type: 'string' },
      json: { type: 'boolean' },
    });
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
  for (const problem of problems) printNote(`\nNOT DEPLOYABLE: ${problem}.`);
}

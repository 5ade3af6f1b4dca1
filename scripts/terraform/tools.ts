import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the tests of Terraform need from the machine. */
export interface Tools {
  /** Folder of unpacked providers that `terraform init` takes instead of a registry; absent where none is known. */
  pluginDir: string | undefined;
  python: string;
}

export interface MissingTool {
  name: string;
  howToGet: string;
}

const OLDEST_TERRAFORM = [1, 11] as const;
const PROVIDER = 'registry.terraform.io/hashicorp/aws';

/** Folders in which machines without a registry keep unpacked providers. */
const USUAL_MIRRORS = [
  '/opt/tf-plugins',
  '/usr/share/terraform/plugins',
  '/usr/local/share/terraform/plugins',
  join(process.env.HOME ?? '/root', '.terraform.d/plugins'),
];

/** Looks for Terraform, its provider and moto. What is missing comes with a way to get it. */
export async function findTools(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ tools: Tools; missing: MissingTool[] }> {
  const python = environment.PYTHON ?? 'python3';
  const mirrors = [environment.TERRAFORM_PLUGIN_DIR, ...USUAL_MIRRORS];
  const pluginDir = mirrors.find((folder) => folder && existsSync(join(folder, PROVIDER)));
  const checks = await Promise.all([
    findTerraform(),
    pluginDir || environment.TERRAFORM_REGISTRY === 'true' ? undefined : NO_PROVIDER,
    findMoto(python),
  ]);
  return { tools: { pluginDir, python }, missing: checks.filter((check) => check !== undefined) };
}

/** That a registry can be reached has to be said: a run without a network would hang until its downloads time out. */
const NO_PROVIDER: MissingTool = {
  name: `the provider hashicorp/aws`,
  howToGet:
    'let this machine reach the Terraform registry and set TERRAFORM_REGISTRY=true, or name a folder of unpacked providers in TERRAFORM_PLUGIN_DIR',
};

async function findTerraform(): Promise<MissingTool | undefined> {
  const [major, minor] = OLDEST_TERRAFORM;
  const missing = {
    name: `terraform ${major}.${minor} or later`,
    howToGet: 'https://developer.hashicorp.com/terraform/install',
  };
  try {
    const { stdout } = await run('terraform', ['version', '-json'], {
      env: terraformEnvironment(),
    });
    const { terraform_version: version } = JSON.parse(stdout) as { terraform_version: string };
    return isNewEnough(version) ? undefined : missing;
  } catch {
    return missing;
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (
    major > OLDEST_TERRAFORM[0] || (major === OLDEST_TERRAFORM[0] && minor >= OLDEST_TERRAFORM[1])
  );
}

async function findMoto(python: string): Promise<MissingTool | undefined> {
  try {
    await run(python, ['-c', 'import moto.server']);
    return undefined;
  } catch {
    return {
      name: 'moto 5 (an emulator of AWS, with its server)',
      howToGet: `${python} -m pip install 'moto[server,all]'`,
    };
  }
}

/** Terraform that asks nothing, colours nothing and reads no configuration of this machine. */
export function terraformEnvironment(): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: _configuration, ...rest } = process.env;
  return {
    ...rest,
    TF_IN_AUTOMATION: 'true',
    TF_INPUT: 'false',
    TF_CLI_ARGS: '-no-color',
    CHECKPOINT_DISABLE: 'true',
  };
}

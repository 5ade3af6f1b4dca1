import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../../scripts/terraform/workspace.ts';
import { matches, type Statement } from '../support/policy/evaluate.ts';

/** The services as the provider's log names them, and as policies do. */
const PREFIXES: Record<string, string> = {
  ApiGatewayV2: 'apigateway',
  'CloudWatch Logs': 'logs',
  EventBridge: 'events',
  'Secrets Manager': 'secretsmanager',
  'Timestream Write': 'timestream',
};

const logOf = (workspace: Pick<Workspace, 'root'>) => join(workspace.root, 'provider.log');

/** Makes the roles of the workflows besides, as bootstrap does, and lets the provider log its calls. */
export async function addWorkflowRoles(workspace: Workspace): Promise<void> {
  process.env.TF_LOG_PROVIDER = 'DEBUG';
  process.env.TF_LOG_PATH = logOf(workspace);
  await writeFile(
    join(workspace.root, 'emulator_workflow_roles.tf'),
    `module "workflow_roles" {
  source = "./modules/ci-role"

  prefix            = local.prefix
  environment       = var.environment
  repository        = "acme/orchestrator"
  oidc_provider_arn = "arn:aws:iam::\${local.account_id}:oidc-provider/token.actions.githubusercontent.com"
  account_id        = local.account_id
  region            = var.region
  state_bucket      = "state"
  state_key         = "terraform.tfstate"
  state_kms_key_arn = module.encryption.key_arn
}
`,
  );
}

/** The calls that the provider made so far, as policies name them: `service:Operation`. */
export async function callsMade(workspace: Pick<Workspace, 'root'>): Promise<string[]> {
  const calls = new Set<string>();
  for (const line of (await readFile(logOf(workspace), 'utf8')).split('\n')) {
    const method = /rpc\.method="?(\w+)/.exec(line)?.[1];
    const service = /rpc\.service=(?:"([^"]+)"|(\S+))/.exec(line);
    const name = service?.[1] ?? service?.[2];
    if (method && name) calls.add(`${PREFIXES[name] ?? name.toLowerCase()}:${method}`);
  }
  return [...calls].toSorted();
}

/** Whether an action is allowed on anything at all. */
export function isGranted(statements: Statement[], action: string): boolean {
  return statements.some(
    ({ Effect, Action }) =>
      Effect === 'Allow' &&
      [Action].flat().some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())),
  );
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../../scripts/terraform/workspace.ts';
import { matches, type Statement } from '../support/policy/evaluate.ts';

/** The services as the provider's log names them, and as policies do. */
const PREFIXES: Record<string, string> = {
  'CloudWatch Logs': 'logs',
  EventBridge: 'events',
  'Secrets Manager': 'secretsmanager',
  'Timestream Write': 'timestream',
};

/**
 * Calls of S3 whose action in a policy has another name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
const S3_ACTIONS: Record<string, string> = {
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  GetBucketCors: 'GetBucketCORS',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  GetBucketReplication: 'GetReplicationConfiguration',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
};

/** API Gateway's actions are the methods of HTTP. */
const API_METHODS: [RegExp, string][] = [
  [/^Get/, 'GET'],
  [/^(Create|Tag)/, 'POST'],
  [/^Update/, 'PATCH'],
  [/^(Delete|Untag)/, 'DELETE'],
];

/** The API that the workflows may change, as the emulator has given another id by chance. */
export const API_ID = 'api0000000';

const logOf = (workspace: Pick<Workspace, 'root'>) => join(workspace.root, 'provider.log');

/** Makes what bootstrap makes for access besides, and lets the provider log its calls. */
export async function addAccess(workspace: Workspace): Promise<void> {
  process.env.TF_LOG_PROVIDER = 'DEBUG';
  process.env.TF_LOG_PATH = logOf(workspace);
  await writeFile(
    join(workspace.root, 'emulator_access.tf'),
    `module "boundary" {
  source = "./modules/boundary"

  prefix     = local.prefix
  account_id = local.account_id
  region     = var.region
}

module "people" {
  source = "./modules/people"

  prefix            = local.prefix
  account_id        = local.account_id
  region            = var.region
  state_bucket      = "state"
  state_key         = "terraform.tfstate"
  state_kms_key_arn = module.encryption.key_arn
}

module "workflow_roles" {
  source = "./modules/ci-role"

  prefix              = local.prefix
  environment         = var.environment
  repository          = "acme/orchestrator"
  repository_id       = "456"
  repository_owner_id = "123"
  oidc_provider_arn   = "arn:aws:iam::\${local.account_id}:oidc-provider/token.actions.githubusercontent.com"
  account_id          = local.account_id
  region              = var.region
  state_bucket        = "state"
  state_key           = "terraform.tfstate"
  state_kms_key_arn   = module.encryption.key_arn
  boundary_arn        = module.boundary.arn
  read_facts          = module.people.read_facts
  api_id              = "${API_ID}"
  domain              = { name = "events.example.com", zone_id = "Z123" }
}
`,
  );
}

/** Addresses of what {@link addAccess} adds. */
export const isAccess = (address: string): boolean =>
  /^module\.(boundary|people|workflow_roles)\./.test(address);

/** The calls that the provider made so far, as policies name them: `service:Action`. */
export async function callsMade(workspace: Pick<Workspace, 'root'>): Promise<string[]> {
  return actionsIn(await readFile(logOf(workspace), 'utf8'));
}

/** The calls that the provider made while `run` ran. */
export async function callsDuring(
  workspace: Pick<Workspace, 'root'>,
  run: () => Promise<unknown>,
): Promise<string[]> {
  const before = await readFile(logOf(workspace), 'utf8');
  await run();
  const after = await readFile(logOf(workspace), 'utf8');
  return actionsIn(after.slice(before.length));
}

function actionsIn(log: string): string[] {
  const calls = new Set<string>();
  for (const line of log.split('\n')) {
    const method = /rpc\.method="?(\w+)/.exec(line)?.[1];
    const service = /rpc\.service=(?:"([^"]+)"|(\S+))/.exec(line);
    const name = service?.[1] ?? service?.[2];
    if (method && name) calls.add(actionOf(name, method));
  }
  return [...calls].toSorted();
}

function actionOf(service: string, method: string): string {
  if (service === 'S3') return `s3:${S3_ACTIONS[method] ?? method}`;
  if (service === 'ApiGatewayV2') {
    const verb = API_METHODS.find(([pattern]) => pattern.test(method))?.[1];
    if (!verb) throw new Error(`API Gateway's call ${method} has no known method`);
    return `apigateway:${verb}`;
  }
  return `${PREFIXES[service] ?? service.toLowerCase()}:${method}`;
}

/** Whether an action is allowed on anything at all. */
export function isGranted(statements: Statement[], action: string): boolean {
  return statements.some(
    ({ Effect, Action }) =>
      Effect === 'Allow' &&
      [Action].flat().some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())),
  );
}

import { AddTagsToStreamCommand } from '@aws-sdk/client-kinesis';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import type { TerraformPlan } from '../../scripts/deploy/plan-check.ts';
import { findTools } from '../../scripts/terraform/tools.ts';
import { createWorkspace, initialise, type Workspace } from '../../scripts/terraform/workspace.ts';
import { type Emulator, pointAt, startEmulator } from './emulator.ts';
import { addAccess, callsDuring, callsMade, isAccess } from './workflow-role.ts';

export const REGION = 'eu-west-1';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** For a client of the SDK that asks the emulator. */
export const clientOptions = ({ url }: Pick<Stack, 'url'>) => ({
  endpoint: url,
  region: REGION,
  credentials: CREDENTIALS,
});

/** Everything on, but for what moto does not know: warm environments, an own domain. */
const VARIABLES = [
  'environment=test',
  `region=${REGION}`,
  'target_url=https://target.example.com/graphql',
  'target_credential_enabled=true',
  'alarm_webhook_enabled=true',
  'timestream_enabled=true',
  'otlp_endpoint=https://otlp.example.com',
  'otlp_headers_secret_enabled=true',
  'archive_object_lock_days=30',
  'alarm_emails=["on-call@example.com"]',
].flatMap((variable) => ['-var', variable]);

export interface Stack {
  url: string;
  outputs: Record<string, string>;
  /** Addresses of the resources that were made. */
  resources: string[];
  /** Runs Terraform quietly on what is deployed, with its variables where the command takes them. */
  terraform(command: string, ...args: string[]): Promise<{ code: number; output: string }>;
  /** Addresses that a plan with other values (`name=value`) would change. */
  changedBy(...variables: string[]): Promise<string[]>;
  /** A plan of what `environments/NAME.tfvars` says, and nothing else, for what is deployed. */
  planOf(environment: string): Promise<PlanOfEnvironment>;
  /** Runs `terraform plan` with these flags, and returns what `terraform show -json` says of the plan. */
  planJson(...args: string[]): Promise<TerraformPlan>;
  /** Calls to AWS that deploying made, as policies name them. */
  calls: string[];
  /** Calls to AWS that are made while `run` runs. */
  callsDuring(run: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

/** A plan as `terraform show -json` prints it, with the value of every variable. */
export interface PlanOfEnvironment extends TerraformPlan {
  variables: Record<string, { value: unknown }>;
}

const WITH_VARIABLES = new Set(['apply', 'plan', 'destroy']);

/** Applies the real root on an emulator. */
export async function deployStack(): Promise<Stack> {
  // The provider asks Timestream for its endpoints, which moto answers with AWS's own.
  process.env.AWS_ENABLE_ENDPOINT_DISCOVERY = 'false';
  const { tools } = await findTools();
  const workspace = await createWorkspace();
  const emulator = await startEmulator(tools.python);
  const close = async () => {
    await emulator.stop();
    await workspace.remove();
  };
  try {
    await pointAt(workspace, emulator.url);
    await addAccess(workspace);
    await mustSucceed(initialise(workspace, tools, { hasBackend: true }));
    return await apply(workspace, emulator, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function apply(
  workspace: Workspace,
  emulator: Emulator,
  close: () => Promise<void>,
): Promise<Stack> {
  const terraform = (command: string, ...args: string[]) => {
    const variables = WITH_VARIABLES.has(command) ? ['-input=false', ...VARIABLES] : [];
    return workspace.run([command, ...variables, ...args], { quiet: true });
  };
  await mustSucceed(terraform('apply', '-auto-approve', '-parallelism=20'));
  const outputs = JSON.parse((await mustSucceed(terraform('output', '-json'))).output) as Record<
    string,
    { value: string }
  >;
  await tagStream(emulator, outputs.stream_name?.value ?? '');
  const listed = await mustSucceed(terraform('state', 'list'));
  return {
    url: emulator.url,
    outputs: Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value])),
    resources: listed.output
      .trim()
      .split('\n')
      .filter((address) => !isAccess(address)),
    calls: await callsMade(workspace),
    planOf: async (environment) => {
      const file = `-var-file=environments/${environment}.tfvars`;
      const flags = ['-input=false', '-refresh=false', file, '-var', 'environment=test'];
      await mustSucceed(workspace.run(['plan', ...flags, '-out=of.tfplan'], { quiet: true }));
      return (await showPlan(workspace, 'of.tfplan')) as PlanOfEnvironment;
    },
    planJson: async (...args) => {
      await mustSucceed(terraform('plan', ...args, '-out=json.tfplan'));
      return showPlan(workspace, 'json.tfplan');
    },
    callsDuring: (run) => callsDuring(workspace, run),
    terraform,
    changedBy: (...variables) => changedBy(terraform, variables),
    close,
  };
}

async function showPlan(workspace: Workspace, file: string): Promise<TerraformPlan> {
  const shown = workspace.run(['show', '-json', file], { quiet: true });
  return JSON.parse((await mustSucceed(shown)).output) as TerraformPlan;
}

async function changedBy(terraform: Stack['terraform'], variables: string[]): Promise<string[]> {
  const values = variables.flatMap((variable) => ['-var', variable]);
  const { output } = await mustSucceed(terraform('plan', '-json', ...values));
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; change?: { resource: { addr: string } } })
    .filter(({ type }) => type === 'planned_change')
    .map(({ change }) => change?.resource.addr ?? '')
    .toSorted();
}

/** moto forgets the tags that a stream is made with, which would be a change for ever. */
async function tagStream(emulator: Emulator, StreamName: string): Promise<void> {
  const identity = {
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = createKinesisClient({
    endpoint: emulator.url,
    identity,
    attemptTimeoutMs: 5000,
    maxAttempts: 2,
  });
  const Tags = { Application: 'orchestrator', Environment: 'test', ManagedBy: 'terraform' };
  await client.send(new AddTagsToStreamCommand({ StreamName, Tags }));
}

async function mustSucceed(result: Promise<{ code: number; output: string }>) {
  const { code, output } = await result;
  if (code !== 0) throw new Error(`terraform ended with ${code}:\n${output.slice(-4000)}`);
  return { output };
}

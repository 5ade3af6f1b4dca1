import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import type { Statement, TrustStatement } from '../support/policy/evaluate.ts';
import type { Arns } from './calls.ts';
import { clientOptions, REGION, type Stack } from './stack.ts';

/** The policy that was written into the account, not the one that was meant. */
export async function statementsOf(
  stack: Stack,
  name: string,
  PolicyName = 'what-it-calls',
): Promise<Statement[]> {
  const role = { RoleName: `orchestrator-test-${name}`, PolicyName };
  const { PolicyDocument = '' } = await new IAMClient(clientOptions(stack)).send(
    new GetRolePolicyCommand(role),
  );
  return (JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: Statement[] }).Statement;
}

/** All statements of a role: those inside it, and those of the policies attached to it. */
export async function allStatementsOf(stack: Stack, name: string): Promise<Statement[]> {
  const iam = new IAMClient(clientOptions(stack));
  const role = { RoleName: `orchestrator-test-${name}` };
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand(role));
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand(role));
  const lists = await Promise.all([
    ...PolicyNames.map((policy) => statementsOf(stack, name, policy)),
    ...AttachedPolicies.map(({ PolicyArn = '' }) => statementsOfPolicy(stack, PolicyArn)),
  ]);
  return lists.flat();
}

/** The statements of a managed policy, by its ARN or its name after the prefix. */
export async function statementsOfPolicy(stack: Stack, name: string): Promise<Statement[]> {
  const iam = new IAMClient(clientOptions(stack));
  const PolicyArn = name.startsWith('arn:')
    ? name
    : `arn:aws:iam::123456789012:policy/orchestrator-test-${name}`;
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  const document = decodeURIComponent(PolicyVersion?.Document ?? '');
  return (JSON.parse(document) as { Statement: Statement[] }).Statement;
}

/** Checks of the right to take a role. */
export async function trustOf(stack: Stack, name: string): Promise<TrustStatement[]> {
  const { Role } = await new IAMClient(clientOptions(stack)).send(
    new GetRoleCommand({ RoleName: `orchestrator-test-${name}` }),
  );
  const document = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  return (JSON.parse(document) as { Statement: TrustStatement[] }).Statement;
}

/** The ARN and the permissions boundary of every role that is deployed, but for those of the workflows. */
export async function deployedRoles(stack: Stack) {
  const iam = new IAMClient(clientOptions(stack));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const names = Roles.map(({ RoleName = '' }) => RoleName).filter(
    (name) => name.startsWith('orchestrator-test-') && !name.startsWith('orchestrator-test-ci-'),
  );
  return Promise.all(
    names.map(async (RoleName) => {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
      const boundary = Role?.PermissionsBoundary?.PermissionsBoundaryArn;
      return { name: RoleName, arn: Role?.Arn ?? '', boundary };
    }),
  );
}

/** ARNs of what is deployed. */
export async function arnsOf(stack: Stack): Promise<Arns> {
  const { outputs } = stack;
  const decrypt = (await statementsOf(stack, 'authorize')).find(
    ({ Sid }) => Sid === 'DecryptTheSecret',
  );
  const bucket = (output: string) => `arn:aws:s3:::${outputs[output]}`;
  const local = `${REGION}:123456789012`;
  return {
    stream: `arn:aws:kinesis:${local}:stream/${outputs.stream_name}`,
    key: [decrypt?.Resource ?? ''].flat()[0] ?? '',
    spill: bucket('spill_bucket'),
    failures: bucket('failures_bucket'),
    archive: bucket('archive_bucket'),
    apiKeys: outputs.api_keys_secret_id ?? '',
    credential: outputs.target_credential_secret_id ?? '',
    webhook: outputs.alarm_webhook_secret_id ?? '',
    otlpHeaders: outputs.otlp_headers_secret_id ?? '',
    dispatchTable: `arn:aws:dynamodb:${local}:table/${outputs.dispatch_table}`,
    statusTable: `arn:aws:dynamodb:${local}:table/${outputs.status_table}`,
    timestreamTable: `arn:aws:timestream:${local}:database/${outputs.timestream_database}/table/${outputs.timestream_table}`,
  };
}

/** An ARN as one reads it: which bucket, which log group. */
export function withoutNames(arn: string): string {
  return arn
    .replace(/^arn:aws:s3:::orchestrator-test-(\w+)-\d{12}/, '$1')
    .replace(/^arn:aws:logs:.*:log-group:\/aws\/lambda\/orchestrator-test-\w+/, 'its log group');
}

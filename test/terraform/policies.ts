import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Statement } from '../support/policy/evaluate.ts';
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

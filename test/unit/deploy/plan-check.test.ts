import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planProblems, type ResourceChange } from '../../../scripts/deploy/plan-check.ts';
import { main } from '../../../scripts/deploy-check.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const change = (
  address: string,
  actions: string[],
  values: Pick<ResourceChange['change'], 'before' | 'after'> = {},
): ResourceChange => ({
  address,
  type: /(aws_\w+|terraform_data)\.\w+(\[.*\])?$/.exec(address)?.[1] ?? '',
  change: { actions, ...values },
});

const REPLACED = ['delete', 'create'];
const MAPPING = 'module.dispatch.aws_lambda_event_source_mapping.this';
const DELIVERY = 'module.archive.aws_kinesis_firehose_delivery_stream.this["facts"]';
const TRUST = { before: { assume_role_policy: 'a' }, after: { assume_role_policy: 'b' } };

describe('planProblems', () => {
  it.each([
    [
      'a replaced delivery stream',
      DELIVERY,
      REPLACED,
      /would be replaced: .*missing from the archive/,
    ],
    ['one that is made before the old goes', DELIVERY, ['create', 'delete'], /would be replaced/],
    ['a replaced mapping', MAPPING, REPLACED, /would be replaced: .*reads the whole journal again/],
    ['a deleted mapping', MAPPING, ['delete'], /would be deleted/],
    ['a forgotten mapping', MAPPING, ['forget'], /would be deleted/],
    ['the journal', 'module.stream.aws_kinesis_stream.journal', ['delete'], /not delivered yet/],
    ['the status table', 'module.status[0].aws_dynamodb_table.this', REPLACED, /items are lost/],
    ['a bucket', 'module.spill.aws_s3_bucket.this', REPLACED, /objects are lost/],
    ['the key', 'module.encryption.aws_kms_key.data', ['delete'], /can be read again/],
    ['a secret', 'module.secrets.aws_secretsmanager_secret.api_keys', ['delete'], /value is lost/],
    ['the API', 'module.api.aws_apigatewayv2_api.this', REPLACED, /replaced: its URL is lost/],
    [
      'the domain name',
      'module.api.aws_apigatewayv2_domain_name.this["this"]',
      ['delete'],
      /every request to that name fails/,
    ],
    ['a new bucket', 'module.spill.aws_s3_bucket.this', ['create'], /would be made.*a person/],
    ['a new API', 'module.api.aws_apigatewayv2_api.this', ['create'], /would be made.*a person/],
    [
      'the lifecycle of a bucket',
      'module.spill.aws_s3_bucket_lifecycle_configuration.this',
      ['update'],
      /would be changed.*a person/,
    ],
    ['the policy of the key', 'module.encryption.aws_kms_key.data', ['update'], /would be changed/],
  ])('refuses %s', (_, address, actions, reason) => {
    const problems = planProblems({ resource_changes: [change(address, actions)] });
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]?.startsWith(address)).toBe(true);
  });

  it('refuses another trust of a role, and takes another description', () => {
    const role = 'module.function["ingest"].aws_iam_role.this';
    const described = { before: { description: 'a' }, after: { description: 'b' } };
    expect(planProblems({ resource_changes: [change(role, ['update'], TRUST)] })).toHaveLength(1);
    expect(planProblems({ resource_changes: [change(role, ['update'], described)] })).toEqual([]);
  });

  it.each([
    ['nothing', MAPPING, ['no-op']],
    ['a changed mapping', MAPPING, ['update']],
    ['a new mapping', MAPPING, ['create']],
    ['more shards', 'module.stream.aws_kinesis_stream.journal', ['update']],
    ['a changed function', 'module.function["ingest"].aws_lambda_function.this', ['update']],
    ['another alarm', 'module.observability.aws_cloudwatch_metric_alarm.this["a"]', REPLACED],
    ['the results of Athena', 'module.analytics.module.results.aws_s3_bucket.this', REPLACED],
    ['a companion', 'module.stream.terraform_data.deletion_protection[0]', ['create']],
  ])('takes %s', (_, address, actions) => {
    expect(planProblems({ resource_changes: [change(address, actions)] })).toEqual([]);
  });

  it('takes a plan that changes nothing', () => {
    expect(planProblems({})).toEqual([]);
  });
});

describe('npm run deploy:check -- --plan', () => {
  const printed = captureOutput();
  const plan = (changes: ResourceChange[]) => ({
    ...{ format_version: '1.2', planned_values: {} },
    resource_changes: changes,
  });

  it.each([
    [
      'a plan that keeps everything',
      plan([change(MAPPING, ['update'])]),
      0,
      /deletes and replaces nothing/,
    ],
    [
      'a plan that replaces a mapping',
      plan([change(MAPPING, REPLACED)]),
      1,
      /NOT DEPLOYABLE: module.dispatch/,
    ],
    ['JSON that is no plan', { resource_changes: [] }, 2, /terraform show -json/],
  ])('of %s', async (_, content, code, said) => {
    const path = join(await temporaryFolder('plan'), 'plan.json');
    await writeFile(path, JSON.stringify(content));
    expect(await main(['--plan', path])).toBe(code);
    expect(printed.text()).toMatch(said);
  });
});

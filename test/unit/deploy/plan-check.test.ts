import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planProblems, type ResourceChange } from '../../../scripts/deploy/plan-check.ts';
import { main } from '../../../scripts/deploy-check.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Values = Pick<ResourceChange['change'], 'before' | 'after'>;

const change = (address: string, actions: string[], values: Values = {}): ResourceChange => ({
  address,
  type: /(aws_\w+|terraform_data)\.\w+(\[.*\])?$/.exec(address)?.[1] ?? '',
  change: { actions, ...values },
});

const REPLACED = ['delete', 'create'];
const MAPPING = 'module.dispatch.aws_lambda_event_source_mapping.this';
const DELIVERY = 'module.archive.aws_kinesis_firehose_delivery_stream.this["facts"]';
const JOURNAL = 'module.stream.aws_kinesis_stream.journal';
const TABLE = 'module.status[0].aws_dynamodb_table.this';
const RESULTS = 'module.analytics.module.results';

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
    ['the journal', JOURNAL, ['delete'], /not delivered yet/],
    ['the status table', TABLE, REPLACED, /items are lost/],
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
    [
      'no policy of a bucket',
      'module.spill.aws_s3_bucket_policy.this',
      ['delete'],
      /would be deleted.*a person/,
    ],
    ['the policy of the key', 'module.encryption.aws_kms_key.data', ['update'], /would be changed/],
    [
      'no rows in Timestream',
      'module.timestream[0].aws_timestreamwrite_database.this',
      ['delete'],
      /would be deleted.*a person/,
    ],
    ['another bucket for results', `${RESULTS}.aws_s3_bucket.this`, REPLACED, /replaced.*a person/],
    [
      'another policy of results',
      `${RESULTS}.aws_s3_bucket_policy.this`,
      ['update'],
      /would be changed.*a person/,
    ],
    [
      'public results',
      `${RESULTS}.aws_s3_bucket_public_access_block.this`,
      ['update'],
      /would be changed.*a person/,
    ],
  ])('refuses %s', (_, address, actions, reason) => {
    const problems = planProblems({ resource_changes: [change(address, actions)] });
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]?.startsWith(address)).toBe(true);
  });

  it.each<[string, string, Values, Values]>([
    [
      'a role: another trust, not another description',
      'module.function["ingest"].aws_iam_role.this',
      { before: { assume_role_policy: 'a' }, after: { assume_role_policy: 'b' } },
      { before: { description: 'a' }, after: { description: 'b' } },
    ],
    [
      'the journal: a shorter retention, not a longer one',
      JOURNAL,
      { before: { retention_period: 168 }, after: { retention_period: 24 } },
      { before: { retention_period: 24 }, after: { retention_period: 168 } },
    ],
    [
      'the journal: no encryption, not more shards',
      JOURNAL,
      { before: { encryption_type: 'KMS' }, after: { encryption_type: 'NONE' } },
      { before: { shard_count: 2 }, after: { shard_count: 4 } },
    ],
    [
      'a table: its point-in-time recovery, not an index',
      TABLE,
      {
        before: { point_in_time_recovery: [{ enabled: true }] },
        after: { point_in_time_recovery: [{ enabled: false }] },
      },
      { before: { global_secondary_index: [] }, after: { global_secondary_index: [{}] } },
    ],
    [
      'a table: its expiry, not its tags',
      TABLE,
      { before: { ttl: [{ enabled: true }] }, after: { ttl: [] } },
      {
        before: { ttl: [{ enabled: true }], tags: {} },
        after: { ttl: [{ enabled: true }], tags: { a: 'b' } },
      },
    ],
    [
      'a secret: its key, not its tags',
      'module.secrets.aws_secretsmanager_secret.api_keys',
      { before: { kms_key_id: 'a' }, after: {} },
      { before: { tags: {} }, after: { tags: { a: 'b' } } },
    ],
  ])('refuses a change of %s', (_, address, refused, taken) => {
    const problemsOf = (values: Values) =>
      planProblems({ resource_changes: [change(address, ['update'], values)] });
    expect(problemsOf(refused)).toEqual([expect.stringMatching(/would be changed.*a person/)]);
    expect(problemsOf(taken)).toEqual([]);
  });

  it.each([
    ['nothing', MAPPING, ['no-op']],
    ['a changed mapping', MAPPING, ['update']],
    ['a new mapping', MAPPING, ['create']],
    ['rows in Timestream', 'module.timestream[0].aws_timestreamwrite_database.this', ['create']],
    ['more shards', JOURNAL, ['update']],
    ['a changed function', 'module.function["ingest"].aws_lambda_function.this', ['update']],
    ['another alarm', 'module.observability.aws_cloudwatch_metric_alarm.this["a"]', REPLACED],
    [
      'how long results are kept',
      `${RESULTS}.aws_s3_bucket_lifecycle_configuration.this`,
      ['update'],
    ],
    ['the versions of results', `${RESULTS}.aws_s3_bucket_versioning.this`, ['update']],
    ['a new route', 'module.api.aws_apigatewayv2_route.this["GET /events"]', REPLACED],
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

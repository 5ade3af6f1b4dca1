import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTagsOfResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  GetBucketEncryptionCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { createS3Client } from '../../lib/aws/s3-client.ts';
import {
  alertConfig,
  authorizeConfig,
  dispatchConfig,
  ingestConfig,
  parseConfig,
  projectConfig,
  recoverConfig,
  statusConfig,
} from '../../lib/config.ts';
import { METRIC_LIST } from '../../lib/metrics/vocabulary.ts';
import { textTable } from '../../scripts/cost/text-table.ts';
import { planProblems } from '../../scripts/deploy/plan-check.ts';
import { isAllowed } from '../support/policy/evaluate.ts';
import { callsRefused, describeAccess } from './access.ts';
import { callsOf } from './calls.ts';
import { featuresOf } from './features.ts';
import { metricsOf, type NamedMetric } from './metrics.ts';
import { arnsOf, statementsOf, withoutNames } from './policies.ts';
import { CREDENTIALS, clientOptions, deployStack, REGION, type Stack } from './stack.ts';

const FUNCTIONS = [
  'alert',
  'authorize',
  'dispatch',
  'health',
  'ingest',
  'project',
  'recover',
  'status',
];
const BUCKETS = ['archive_bucket', 'spill_bucket', 'failures_bucket'];

/** Resources beside each store and reader that cannot be destroyed. */
const PROTECTED = [
  ...['stream', 'archive_bucket', 'spill', 'failures', 'schedule', 'dispatch', 'project[0]'].map(
    (module) => `${module}.terraform_data.deletion_protection[0]`,
  ),
  ...['facts', 'curated'].map((name) => `archive.terraform_data.deletion_protection["${name}"]`),
];

/** Resources that a plan of a workflow must not delete. */
const LOST_FOR_EVER = [
  'module.stream.aws_kinesis_stream.journal',
  'module.archive.aws_kinesis_firehose_delivery_stream.this["facts"]',
  'module.dispatch.aws_lambda_event_source_mapping.this',
  'module.project[0].aws_lambda_event_source_mapping.this',
  'module.status[0].aws_dynamodb_table.this',
  'module.schedule.aws_dynamodb_table.this',
  'module.spill.aws_s3_bucket.this',
  'module.encryption.aws_kms_key.data',
];

let stack: Stack;
beforeAll(async () => {
  stack = await deployStack();
  console.log(`Applied ${stack.resources.length} resources.`);
});
afterAll(() => stack?.close());

const identity = { region: REGION, credentials: CREDENTIALS };
const lambda = () => new LambdaClient(clientOptions(stack));
const s3 = () => createS3Client({ endpoint: stack.url, identity });

async function environmentOf(name: string): Promise<Record<string, string>> {
  const FunctionName = `orchestrator-test-${name}`;
  const { Configuration } = await lambda().send(new GetFunctionCommand({ FunctionName }));
  return Configuration?.Environment?.Variables ?? {};
}

describe('what is deployed', () => {
  it('has every function, on Node 22 and arm64', async () => {
    const { Functions = [] } = await lambda().send(new ListFunctionsCommand({}));
    expect(Functions.map(({ FunctionName }) => FunctionName).toSorted()).toEqual(
      FUNCTIONS.map((name) => `orchestrator-test-${name}`),
    );
    for (const one of Functions)
      expect(one).toMatchObject({
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'PassThrough' },
      });
  });

  it('gives every function a configuration that it accepts', async () => {
    const ingest = await environmentOf('ingest');
    expect(parseConfig(ingestConfig, ingest).STREAM_NAME).toBe(stack.outputs.stream_name);
    expect(ingest.SPILL_BUCKET).toBe(stack.outputs.spill_bucket);
    const dispatch = await environmentOf('dispatch');
    expect(parseConfig(dispatchConfig, dispatch)).toMatchObject({
      BATCH_SIZE: 600,
      BRAND: 'testBrand',
      DISPATCH_TABLE: stack.outputs.dispatch_table,
    });
    expect(dispatch.TARGET_CREDENTIAL_SECRET_ID).toBe(stack.outputs.target_credential_secret_id);
    const authorize = parseConfig(authorizeConfig, await environmentOf('authorize'));
    expect(authorize.API_KEYS_SECRET_ID).toBe(stack.outputs.api_keys_secret_id);
    const recover = parseConfig(recoverConfig, await environmentOf('recover'));
    expect(stack.outputs.target_contract).toMatchObject({ folder: 'target' });
    expect(recover.SPILL_BUCKET).toBe(stack.outputs.spill_bucket);
    const project = parseConfig(projectConfig, await environmentOf('project'));
    expect(project).toMatchObject({
      STATUS_TABLE: stack.outputs.status_table,
      STATUS_KEEPS: 'all',
      STATUS_DAYS: 90,
      TIMESTREAM_TABLE: stack.outputs.timestream_table,
      OTLP_URL: 'https://otlp.example.com',
      OTLP_HEADERS_SECRET_ID: stack.outputs.otlp_headers_secret_id,
    });
    const alert = parseConfig(alertConfig, await environmentOf('alert'));
    expect(alert.WEBHOOK_SECRET_ID).toBe(stack.outputs.alarm_webhook_secret_id);
    const status = parseConfig(statusConfig, await environmentOf('status'));
    expect(status.STATUS_TABLE).toBe(stack.outputs.status_table);
  });

  it('holds dispatch to as many environments as there are lanes', async () => {
    const FunctionName = stack.outputs.dispatch_function_name;
    const answer = await lambda().send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(answer.ReservedConcurrentExecutions).toBe(2);
  });

  it.each([
    ['dispatch', ['{"data":{"type":["received"]}}']],
    ['project', []],
  ])('maps the journal to %s, with a place for what is given up', async (name, patterns) => {
    const UUID = stack.outputs[`${name}_mapping_uuid`];
    const mapping = await lambda().send(new GetEventSourceMappingCommand({ UUID }));
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 100,
      MaximumRecordAgeInSeconds: 518_400,
      DestinationConfig: {
        OnFailure: { Destination: `arn:aws:s3:::${stack.outputs.failures_bucket}` },
      },
    });
    expect((mapping.FilterCriteria?.Filters ?? []).map(({ Pattern }) => Pattern)).toEqual(patterns);
  });

  it('encrypts the journal and keeps it for a week', async () => {
    const kinesis = createKinesisClient({
      endpoint: stack.url,
      identity,
      attemptTimeoutMs: 5000,
      maxAttempts: 2,
    });
    const StreamName = stack.outputs.stream_name;
    const answer = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(answer.StreamDescriptionSummary).toMatchObject({
      RetentionPeriodHours: 168,
      EncryptionType: 'KMS',
      OpenShardCount: 1,
    });
  });

  it('has an encrypted, restorable table for the start times of dispatch, paid by use', async () => {
    const dynamoDb = createDynamoDbClient({
      endpoint: stack.url,
      identity,
      attemptTimeoutMs: 5000,
    });
    const TableName = stack.outputs.dispatch_table;
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName: 'orchestrator-test-dispatch',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
    });
    const { key, dispatchTable } = await arnsOf(stack);
    expect(Table?.TableArn).toBe(dispatchTable);
    expect(Table?.SSEDescription?.KMSMasterKeyArn).toBe(key);
    const backups = await dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(
      backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
        ?.PointInTimeRecoveryStatus,
    ).toBe('ENABLED');
    const tags = await dynamoDb.send(new ListTagsOfResourceCommand({ ResourceArn: dispatchTable }));
    expect(tags.Tags).toContainEqual({ Key: 'Application', Value: 'orchestrator' });
  });

  it('has an encrypted, restorable status table, whose items expire', async () => {
    const dynamoDb = createDynamoDbClient({
      endpoint: stack.url,
      identity,
      attemptTimeoutMs: 5000,
    });
    const TableName = stack.outputs.status_table;
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName: 'orchestrator-test-events',
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'fact', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [{ IndexName: 'open', Projection: { ProjectionType: 'KEYS_ONLY' } }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
    });
    expect(Table?.TableArn).toBe((await arnsOf(stack)).statusTable);
    const ttl = await dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(ttl.TimeToLiveDescription).toMatchObject({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expires',
    });
    const backups = await dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(
      backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
        ?.PointInTimeRecoveryStatus,
    ).toBe('ENABLED');
  });

  it.each(BUCKETS)('closes %s to the public and to plain HTTP', async (output) => {
    const Bucket = stack.outputs[output];
    const access = await s3().send(new GetPublicAccessBlockCommand({ Bucket }));
    expect(Object.values(access.PublicAccessBlockConfiguration ?? {})).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const { Policy = '' } = await s3().send(new GetBucketPolicyCommand({ Bucket }));
    expect(Policy).toContain('aws:SecureTransport');
    const encryption = await s3().send(new GetBucketEncryptionCommand({ Bucket }));
    const [rule] = encryption.ServerSideEncryptionConfiguration?.Rules ?? [];
    expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('aws:kms');
    expect((await s3().send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
  });

  it('locks the archive, and not what recover has to delete', async () => {
    const lockOf = (Bucket?: string) =>
      s3().send(new GetObjectLockConfigurationCommand({ Bucket }));
    const { ObjectLockConfiguration } = await lockOf(stack.outputs.archive_bucket);
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention?.Days).toBe(30);
    await expect(lockOf(stack.outputs.spill_bucket)).rejects.toThrow();
  });

  it('brings recover when something is spilled', async () => {
    const Bucket = stack.outputs.spill_bucket;
    const answer = await s3().send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(answer.LambdaFunctionConfigurations).toMatchObject([
      {
        LambdaFunctionArn: expect.stringMatching(/:orchestrator-test-recover$/),
        Events: ['s3:ObjectCreated:*'],
        Filter: { Key: { FilterRules: [{ Value: 'spill/' }] } },
      },
    ]);
  });

  it.each(['facts', 'facts_curated'])('has a table %s with projected partitions', async (Name) => {
    const DatabaseName = stack.outputs.glue_database;
    const { Table } = await new GlueClient(clientOptions(stack)).send(
      new GetTableCommand({ DatabaseName, Name }),
    );
    expect(Table?.Parameters?.['projection.enabled']).toBe('true');
    expect(Table?.PartitionKeys?.map((key) => key.Name)).toEqual(['dt', 'hh']);
    expect(Table?.StorageDescriptor?.Columns?.map((column) => column.Name)).toContain('event_id');
  });
});

describe('what watches it', () => {
  it('has a dashboard and alarms of metrics that the functions emit, and shows each of them', async () => {
    const { dashboard, alarms } = await metricsOf(stack);
    const own = ({ namespace }: NamedMetric) => namespace === 'orchestrator-test';
    const textOf = ({ metric, dimensions }: NamedMetric) =>
      [metric, ...Object.entries(dimensions).map((one) => one.join('='))].join(' ');
    const emitted = METRIC_LIST.flatMap(([name, { service, dimension, hasTotal }]) => {
      if (service === undefined) return [];
      const all = `${name} service=${service}`;
      const each = dimension?.values.map((value) => `${all} ${dimension.name}=${value}`) ?? [];
      return dimension && !hasTotal ? each : [all, ...each];
    });
    expect([...new Set(dashboard.filter(own).map(textOf))].toSorted()).toEqual(emitted.toSorted());
    expect(alarms.filter(own).map(textOf).toSorted()).toEqual([
      'DeadLetters service=dispatch',
      'SpillLeft service=recover',
      'Spilled service=ingest',
      'TargetNotWell service=dispatch',
    ]);
  });
});

describe('permissions', () => {
  it('let every function make its calls, and no others', async () => {
    const head = ['function', 'calls it makes', 'others'];
    const rows: string[][] = [];
    const wrong: string[] = [];
    for (const [name, { allowed, denied }] of Object.entries(callsOf(await arnsOf(stack)))) {
      const statements = await statementsOf(stack, name);
      const refused = allowed.filter((call) => !isAllowed(statements, call));
      const granted = denied.filter((call) => isAllowed(statements, call));
      rows.push([
        name,
        `${allowed.length - refused.length} of ${allowed.length} allowed`,
        `${denied.length - granted.length} of ${denied.length} denied`,
      ]);
      wrong.push(...refused.map((call) => `${name} may not ${call.action} on ${call.resource}`));
      wrong.push(...granted.map((call) => `${name} may ${call.action} on ${call.resource}`));
    }
    console.log(textTable(head, rows, 3));
    expect(wrong).toEqual([]);
    expect(rows).toHaveLength(FUNCTIONS.length);
  });

  it('name resources exactly, but for objects under a prefix and what has no resources', async () => {
    const patterns = new Set<string>();
    for (const name of FUNCTIONS)
      for (const { Sid, Resource } of await statementsOf(stack, name))
        for (const resource of [Resource].flat().filter((one) => /[*?]/.test(one)))
          patterns.add(`${Sid}: ${withoutNames(resource)}`);
    expect([...patterns].toSorted()).toEqual([
      'FindTimestream: *',
      'KeepGivenUpBatches: failures/aws/lambda/*',
      'Park: spill/behind/*',
      'Park: spill/parked/*',
      'ReadAndRemoveSpilled: spill/parked/*',
      'ReadAndRemoveSpilled: spill/spill/*',
      'SetAsideUnreadable: spill/unreadable/*',
      'Spill: spill/spill/*',
      'WriteItsLogs: its log group:*',
    ]);
  });
});

describeAccess(() => stack);

describe('a further plan', () => {
  it('has nothing to change, and makes calls that the planning workflow may make', async () => {
    const calls = await stack.callsDuring(async () => {
      const { code, output } = await stack.terraform('plan', '-detailed-exitcode');
      expect(code, output.slice(-2000)).toBe(0);
    });
    expect(calls.length).toBeGreaterThan(40);
    expect(await callsRefused(stack, 'plan', calls)).toEqual([]);
  });

  it('touches only what a changed setting is for', async () => {
    const throttle = 'api_throttle={"rate_per_second":5,"burst":5}';
    expect(await stack.changedBy('dispatch_batch_size=300', throttle)).toEqual([
      'module.api.aws_apigatewayv2_stage.default',
      'module.dispatch.aws_lambda_event_source_mapping.this',
      'module.function["dispatch"].aws_lambda_function.this',
    ]);
  });

  it('leaves a pause as it is', async () => {
    const UUID = stack.outputs.dispatch_mapping_uuid;
    await lambda().send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    const { State } = await lambda().send(new GetEventSourceMappingCommand({ UUID }));
    expect(State).toMatch(/Disabl/);
    expect(await stack.changedBy()).toEqual([]);
    await lambda().send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  });

  it('takes what the files of dev and prod say, which have the same features switched on', async () => {
    const dev = featuresOf((await stack.planOf('dev')).variables);
    const prod = featuresOf((await stack.planOf('prod')).variables);
    expect(Object.keys(prod).length).toBeGreaterThan(60);
    expect(prod).toMatchObject({
      archive_object_lock_days: true,
      deletion_protection: true,
      hasSeveralLanes: true,
      provisioned_concurrency: { authorize: true, ingest: true },
      reserve_concurrency: true,
      target_credential_enabled: true,
    });
    expect(dev).toEqual(prod);
  });

  it('refuses to delete a store or a reader of the journal until that is allowed twice', async () => {
    const { code, output } = await stack.terraform('plan', '-destroy', '-refresh=false');
    expect(code).toBe(1);
    for (const companion of PROTECTED)
      expect(output.replace(/\s+/g, ' ')).toContain(
        `Resource module.${companion} has lifecycle.prevent_destroy set`,
      );
  });

  // Terraform stops at what depends on the status table before it comes to the table, so that is tried alone.
  it.each([
    ['archive', 'aws_kinesis_firehose_delivery_stream.this["facts"]', '["facts"]'],
    ['dispatch', 'aws_lambda_event_source_mapping.this', '[0]'],
    ['status[0]', 'aws_dynamodb_table.this', '[0]'],
  ])('refuses to replace %s.%s', async (module, address, companion) => {
    const replace = `-replace=module.${module}.${address}`;
    const { code, output } = await stack.terraform('plan', '-refresh=false', replace);
    expect(code).toBe(1);
    expect(output.replace(/\s+/g, ' ')).toContain(
      `Resource module.${module}.terraform_data.deletion_protection${companion} has lifecycle.prevent_destroy set`,
    );
  });

  it('takes everything down once the protection is lifted', async () => {
    const protections = stack.resources.filter((address) =>
      address.includes('deletion_protection'),
    );
    // moto answers 500 when a named query is deleted.
    const undeletable = stack.resources.filter((address) =>
      address.includes('aws_athena_named_query'),
    );
    expect((await stack.terraform('state', 'rm', ...protections, ...undeletable)).code).toBe(0);
    // The workflow's own check still refuses, with the reason.
    const problems = planProblems(await stack.planJson('-destroy', '-refresh=false')).join('\n');
    for (const address of LOST_FOR_EVER) expect(problems).toContain(`${address} would be deleted`);
    const { code, output } = await stack.terraform(
      'destroy',
      '-auto-approve',
      '-refresh=false',
      '-parallelism=20',
    );
    expect(code, output.slice(-2000)).toBe(0);
    const { Functions = [] } = await lambda().send(new ListFunctionsCommand({}));
    expect(Functions).toEqual([]);
  });
});

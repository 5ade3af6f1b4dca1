import type { Call, Context } from '../support/policy/evaluate.ts';
import { REGION } from './stack.ts';
import { API_ID } from './workflow-role.ts';

/** The one who tries: a workflow's role, a person's policy, or the most that a deployed role could be given (boundary). */
export type Who = 'plan' | 'deploy' | 'audit' | 'operator' | 'analyst' | 'boundary';

/** An attempt, and its expected outcome. */
export interface Attempt extends Call {
  who: Who[];
  expected: 'allow' | 'deny';
}

const ACCOUNT = '123456789012';
const HERE = `${REGION}:${ACCOUNT}`;
const PREFIX = 'orchestrator-test';

const bucket = (name: string) => `arn:aws:s3:::${PREFIX}-${name}-${ACCOUNT}`;
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const table = (name: string) => `arn:aws:dynamodb:${HERE}:table/${name}`;
const fn = (name: string) => `arn:aws:lambda:${HERE}:function:${name}`;
const KEY = `arn:aws:kms:${HERE}:key/00000000-0000-0000-0000-000000000000`;
const STREAM = `arn:aws:kinesis:${HERE}:stream/${PREFIX}-journal`;
const MAPPING = `arn:aws:lambda:${HERE}:event-source-mapping:0c4a2f6e-5d3b-4b8a-9f57-6d1e2c7b8a90`;
const DELIVERY = `arn:aws:firehose:${HERE}:deliverystream/${PREFIX}-facts`;
const SECRET = `arn:aws:secretsmanager:${HERE}:secret:${PREFIX}/api-keys-AbCdEf`;
const ZONE = 'arn:aws:route53:::hostedzone/Z123';
const WORKGROUP = `arn:aws:athena:${HERE}:workgroup/${PREFIX}`;
const gateway = (path: string) => `arn:aws:apigateway:${REGION}::/${path}`;
const api = (id: string) => gateway(`apis/${id}/routes`);
const logGroup = (name: string) => `arn:aws:logs:${HERE}:log-group:${name}`;

const withBoundary = { 'iam:PermissionsBoundary': policy(`${PREFIX}-boundary`) };
const withOtherBoundary = { 'iam:PermissionsBoundary': policy('AdministratorAccess') };
const ourKey = { 'kms:ResourceAliases': [`alias/${PREFIX}`] };
const otherKey = { 'kms:ResourceAliases': ['alias/payroll'] };
const via = (service: string) => ({ 'kms:ViaService': `${service}.${REGION}.amazonaws.com` });
const mappingOf = (name: string) => ({ 'lambda:FunctionArn': fn(name) });
const tagsOf = (
  environment: string,
  key: 'aws:ResourceTag' | 'aws:RequestTag' = 'aws:ResourceTag',
) => ({
  [`${key}/Application`]: 'orchestrator',
  [`${key}/Environment`]: environment,
});
const to = (service: string) => ({ 'iam:PassedToService': `${service}.amazonaws.com` });
const record = (name: string, type = 'A') => ({
  'route53:ChangeResourceRecordSetsNormalizedRecordNames': [name],
  'route53:ChangeResourceRecordSetsRecordTypes': [type],
});

type Row = [action: string, resource: string, context?: Context];

function attempts(expected: Attempt['expected'], who: Who | Who[], rows: Row[]): Attempt[] {
  return rows.map(([action, resource, context = {}]) => ({
    ...{ who: [who].flat(), expected, action, resource, context },
  }));
}

const WORKFLOWS: Who[] = ['plan', 'deploy'];
const EVERYBODY: Who[] = ['plan', 'deploy', 'audit', 'operator', 'analyst'];

/** Ways to more rights, to the data, or to its loss; and beside each what the work needs. */
export const ATTEMPTS: Attempt[] = [
  // ── more rights ──
  ...attempts('allow', 'deploy', [
    ['iam:CreateRole', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:PutRolePolicy', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:PutRolePermissionsBoundary', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:PassRole', role(`${PREFIX}-dispatch`), to('lambda')],
    ['iam:PassRole', role(`${PREFIX}-firehose`), to('firehose')],
  ]),
  ...attempts('deny', EVERYBODY, [
    ['iam:CreateRole', role(`${PREFIX}-dispatch`)],
    ['iam:CreateRole', role(`${PREFIX}-dispatch`), withOtherBoundary],
    ['iam:CreateRole', role('administrator'), withBoundary],
    ['iam:PutRolePolicy', role(`${PREFIX}-dispatch`)],
    ['iam:PutRolePolicy', role(`${PREFIX}-dispatch`), withOtherBoundary],
    ['iam:PutRolePolicy', role(`${PREFIX}-ci-deploy`), withBoundary],
    ['iam:PutRolePolicy', role(`${PREFIX}-ci-plan`)],
    ['iam:AttachRolePolicy', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:PutRolePermissionsBoundary', role(`${PREFIX}-dispatch`), withOtherBoundary],
    ['iam:DeleteRolePermissionsBoundary', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:UpdateAssumeRolePolicy', role(`${PREFIX}-dispatch`), withBoundary],
    ['iam:UpdateAssumeRolePolicy', role(`${PREFIX}-ci-deploy`)],
    ['iam:CreatePolicyVersion', policy(`${PREFIX}-boundary`)],
    ['iam:SetDefaultPolicyVersion', policy(`${PREFIX}-boundary`)],
    ['iam:DeletePolicy', policy(`${PREFIX}-boundary`)],
    ['iam:CreatePolicyVersion', policy(`${PREFIX}-operator`)],
    ['iam:CreatePolicy', policy(`${PREFIX}-new`)],
    ['iam:PassRole', role(`${PREFIX}-dispatch`), to('ec2')],
    ['iam:PassRole', role('administrator'), to('lambda')],
    ['iam:PassRole', role(`${PREFIX}-ci-deploy`), to('lambda')],
    ['iam:CreateUser', `arn:aws:iam::${ACCOUNT}:user/me`],
    ['iam:CreateAccessKey', `arn:aws:iam::${ACCOUNT}:user/me`],
    ['iam:CreateOpenIDConnectProvider', `arn:aws:iam::${ACCOUNT}:oidc-provider/evil`],
    ['sts:AssumeRole', role('administrator')],
    ['lambda:AddPermission', fn(`${PREFIX}-dispatch`), { 'lambda:Principal': '210987654321' }],
    ['lambda:CreateFunctionUrlConfig', fn(`${PREFIX}-ingest`)],
    ['lambda:InvokeFunction', fn(`${PREFIX}-recover`)],
    ['lambda:UpdateFunctionCode', fn('payroll')],
    ['lambda:UpdateFunctionCode', fn('orchestrator-test2-dispatch')],
    ['lambda:CreateEventSourceMapping', '*', mappingOf('payroll')],
    ['lambda:UpdateEventSourceMapping', MAPPING, mappingOf('payroll')],
    // AWS sets no function for a call that tags.
    ['lambda:TagResource', MAPPING],
    ['lambda:TagResource', MAPPING, tagsOf('test2')],
    ['lambda:TagResource', MAPPING, tagsOf('test2', 'aws:RequestTag')],
    ['lambda:UntagResource', MAPPING],
    ['lambda:UntagResource', MAPPING, tagsOf('test2')],
    ['lambda:UntagResource', MAPPING, tagsOf('test', 'aws:RequestTag')],
    ['s3:PutObject', 'arn:aws:s3:::state/other/terraform.tfstate'],
    ['s3:DeleteObject', 'arn:aws:s3:::state/terraform.tfstate'],
  ]),
  ...attempts('allow', 'deploy', [
    ['lambda:UpdateFunctionCode', fn(`${PREFIX}-dispatch`)],
    [
      'lambda:AddPermission',
      fn(`${PREFIX}-ingest`),
      { 'lambda:Principal': 'apigateway.amazonaws.com' },
    ],
    ['lambda:CreateEventSourceMapping', '*', mappingOf(`${PREFIX}-project`)],
    ['lambda:UpdateEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-dispatch`)],
    ['lambda:TagResource', MAPPING, tagsOf('test')],
    ['lambda:TagResource', MAPPING, tagsOf('test', 'aws:RequestTag')],
    ['lambda:UntagResource', MAPPING, tagsOf('test')],
    ['s3:PutObject', 'arn:aws:s3:::state/terraform.tfstate'],
  ]),

  // ── the loss of data ──
  ...attempts('deny', EVERYBODY, [
    ['kinesis:DeleteStream', STREAM],
    ['kinesis:DecreaseStreamRetentionPeriod', STREAM],
    ['kinesis:StopStreamEncryption', STREAM],
    ['kinesis:PutResourcePolicy', STREAM],
    ['firehose:DeleteDeliveryStream', DELIVERY],
    ['lambda:DeleteEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-dispatch`)],
    ['dynamodb:DeleteTable', table(`${PREFIX}-dispatch`)],
    ['dynamodb:DeleteTable', table(`${PREFIX}-events`)],
    ['dynamodb:UpdateContinuousBackups', table(`${PREFIX}-dispatch`)],
    ['dynamodb:UpdateTimeToLive', table(`${PREFIX}-events`)],
    ['dynamodb:PutResourcePolicy', table(`${PREFIX}-events`)],
    ...['archive', 'spill', 'failures'].flatMap((name): Row[] => [
      ['s3:DeleteBucket', bucket(name)],
      ['s3:DeleteBucketPolicy', bucket(name)],
      ['s3:PutBucketPolicy', bucket(name)],
      ['s3:PutLifecycleConfiguration', bucket(name)],
      ['s3:PutBucketVersioning', bucket(name)],
      ['s3:PutBucketObjectLockConfiguration', bucket(name)],
      ['s3:PutReplicationConfiguration', bucket(name)],
      ['s3:PutEncryptionConfiguration', bucket(name)],
      ['s3:PutBucketPublicAccessBlock', bucket(name)],
      ['s3:PutBucketOwnershipControls', bucket(name)],
      ['s3:PutBucketAcl', bucket(name)],
      ['s3:PutObject', `${bucket(name)}/facts/object`],
      ['s3:DeleteObject', `${bucket(name)}/facts/object`],
      ['s3:DeleteObjectVersion', `${bucket(name)}/facts/object`],
      ['s3:BypassGovernanceRetention', `${bucket(name)}/facts/object`],
    ]),
    ['s3:CreateBucket', bucket('results')],
    ['s3:DeleteBucket', bucket('results')],
    ['s3:DeleteBucketPolicy', bucket('results')],
    ['s3:PutBucketPolicy', bucket('results')],
    ['s3:PutBucketAcl', bucket('results')],
    ['s3:PutBucketPublicAccessBlock', bucket('results')],
    ['s3:PutBucketOwnershipControls', bucket('results')],
    ['s3:PutEncryptionConfiguration', bucket('results')],
    ['s3:PutReplicationConfiguration', bucket('results')],
    ['apigateway:DELETE', gateway(`apis/${API_ID}`)],
    ['apigateway:DELETE', gateway('domainnames/events.example.com')],
    ['kms:ScheduleKeyDeletion', KEY, ourKey],
    ['kms:DisableKey', KEY, ourKey],
    ['kms:PutKeyPolicy', KEY, ourKey],
    ['kms:UpdateAlias', KEY, ourKey],
    ['kms:CreateAlias', KEY, otherKey],
    ['kms:Decrypt', KEY, { ...otherKey, ...via('s3') }],
    ['kms:CreateGrant', KEY, { ...ourKey, 'kms:GrantIsForAWSResource': 'false' }],
    ['kms:CreateGrant', KEY, { ...otherKey, 'kms:GrantIsForAWSResource': 'true' }],
    ['secretsmanager:DeleteSecret', SECRET],
    ['secretsmanager:PutSecretValue', SECRET],
    ['secretsmanager:UpdateSecret', SECRET],
    ['secretsmanager:PutResourcePolicy', SECRET],
    ['secretsmanager:GetSecretValue', SECRET],
  ]),
  ...attempts('allow', 'deploy', [
    ['kinesis:UpdateShardCount', STREAM],
    ['firehose:UpdateDestination', DELIVERY],
    ['dynamodb:UpdateTable', table(`${PREFIX}-events`)],
    ['s3:PutBucketNotification', bucket('spill')],
    ['s3:PutLifecycleConfiguration', bucket('results')],
    ['s3:PutBucketTagging', bucket('results')],
    ['apigateway:DELETE', gateway(`apis/${API_ID}/routes/r1`)],
    ['apigateway:DELETE', gateway('domainnames/events.example.com/apimappings/m1')],
    ['kms:CreateGrant', KEY, { ...ourKey, 'kms:GrantIsForAWSResource': 'true' }],
  ]),

  // ── the data ──
  ...attempts('deny', WORKFLOWS, [
    ['s3:GetObject', `${bucket('archive')}/facts/object`],
    ['s3:GetObjectVersion', `${bucket('archive')}/facts/object`],
    ['s3:GetObject', `${bucket('results')}/object`],
    ['kinesis:GetRecords', STREAM],
    ['kinesis:PutRecord', STREAM],
    ['dynamodb:Query', table(`${PREFIX}-events`)],
    ['dynamodb:Scan', table(`${PREFIX}-dispatch`)],
    ['dynamodb:UpdateItem', table(`${PREFIX}-dispatch`)],
    ['dynamodb:ExportTableToPointInTime', table(`${PREFIX}-events`)],
    ['athena:StartQueryExecution', WORKGROUP],
    ['athena:GetQueryResults', WORKGROUP],
  ]),

  // ── the rest of the account ──
  ...attempts('deny', EVERYBODY, [
    ['s3:ListAllMyBuckets', '*'],
    ['s3:ListBucket', 'arn:aws:s3:::payroll'],
    ['s3:GetObject', 'arn:aws:s3:::payroll/object'],
    ['ec2:DescribeInstances', '*'],
    ['iam:ListRoles', '*'],
    ['iam:GetRole', role('administrator')],
    ['dynamodb:DescribeTable', table('payroll')],
    ['dynamodb:DescribeTable', table('orchestrator-test2-events')],
    ['lambda:GetFunction', fn('payroll')],
    ['lambda:GetEventSourceMapping', MAPPING, mappingOf('payroll')],
    ['kms:DescribeKey', KEY, otherKey],
    ['apigateway:GET', api('otherapi00')],
    ['apigateway:PATCH', api('otherapi00')],
    ['apigateway:POST', gateway('apis')],
    ['apigateway:PATCH', gateway('domainnames/other.example.com')],
    ['ssm:GetParameter', '*'],
    ['logs:GetLogEvents', `${logGroup('/aws/lambda/payroll')}:log-stream:x`],
    ['logs:GetLogEvents', `${logGroup('/aws/lambda/orchestrator-test2-dispatch')}:log-stream:x`],
    ['route53:ChangeResourceRecordSets', ZONE, record('www.example.com')],
    ['route53:ChangeResourceRecordSets', ZONE, record('events.example.com', 'MX')],
    [
      'route53:ChangeResourceRecordSets',
      'arn:aws:route53:::hostedzone/Z999',
      record('events.example.com'),
    ],
  ]),
  ...attempts('allow', WORKFLOWS, [
    ['dynamodb:DescribeTable', table(`${PREFIX}-events`)],
    ['lambda:GetFunction', fn(`${PREFIX}-dispatch`)],
    ['lambda:GetEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-dispatch`)],
    ['lambda:ListTags', MAPPING],
    ['kms:DescribeKey', KEY, ourKey],
    ['apigateway:GET', api(API_ID)],
    ['apigateway:GET', gateway(`apis/${API_ID}`)],
    ['iam:GetRole', role(`${PREFIX}-dispatch`)],
    ['s3:GetObject', 'arn:aws:s3:::state/terraform.tfstate'],
    ['s3:PutObject', 'arn:aws:s3:::state/terraform.tfstate.tflock'],
  ]),
  ...attempts('allow', 'deploy', [
    ['apigateway:PATCH', api(API_ID)],
    ['route53:ChangeResourceRecordSets', ZONE, record('events.example.com')],
  ]),
  ...attempts('deny', 'plan', [
    ['lambda:UpdateFunctionCode', fn(`${PREFIX}-dispatch`)],
    ['lambda:UpdateEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-dispatch`)],
    ['iam:CreateRole', role(`${PREFIX}-dispatch`), withBoundary],
    ['apigateway:PATCH', api(API_ID)],
    ['s3:PutObject', 'arn:aws:s3:::state/terraform.tfstate'],
    ['s3:PutBucketNotification', bucket('spill')],
  ]),

  // ── people, and the audit ──
  ...attempts(
    'allow',
    ['audit', 'operator'],
    [
      ['s3:GetObject', `${bucket('archive')}/facts/object`],
      ['s3:ListBucketVersions', bucket('archive')],
      ['kinesis:GetRecords', STREAM],
      ['dynamodb:Query', `${table(`${PREFIX}-events`)}/index/open`],
      ['kms:Decrypt', KEY, { ...ourKey, ...via('s3') }],
    ],
  ),
  ...attempts(
    'deny',
    ['audit', 'analyst'],
    [
      ['kinesis:PutRecord', STREAM],
      [
        'dynamodb:UpdateItem',
        table(`${PREFIX}-dispatch`),
        { 'dynamodb:LeadingKeys': ['lock#replay'] },
      ],
      ['dynamodb:BatchWriteItem', table(`${PREFIX}-events`)],
      ['lambda:UpdateEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-dispatch`)],
    ],
  ),
  ...attempts('allow', 'operator', [
    [
      'dynamodb:UpdateItem',
      table(`${PREFIX}-dispatch`),
      { 'dynamodb:LeadingKeys': ['lock#replay'] },
    ],
    ['logs:FilterLogEvents', `${logGroup(`/aws/lambda/${PREFIX}-dispatch`)}:*`],
    ['logs:FilterLogEvents', `${logGroup(`/aws/apigateway/${PREFIX}`)}:*`],
  ]),
  ...attempts('deny', 'operator', [
    // The holder of start times decides how fast the target is called.
    ['dynamodb:UpdateItem', table(`${PREFIX}-dispatch`), { 'dynamodb:LeadingKeys': ['starts'] }],
    ['dynamodb:PutItem', table(`${PREFIX}-dispatch`)],
    ['lambda:UpdateEventSourceMapping', MAPPING, mappingOf(`${PREFIX}-project`)],
    ['lambda:UpdateFunctionCode', fn(`${PREFIX}-dispatch`)],
    ['lambda:UpdateFunctionConfiguration', fn(`${PREFIX}-dispatch`)],
    ['athena:StartQueryExecution', WORKGROUP],
  ]),
  ...attempts('allow', 'analyst', [
    ['athena:StartQueryExecution', WORKGROUP],
    ['athena:GetQueryResults', WORKGROUP],
    ['glue:GetTable', `arn:aws:glue:${HERE}:table/orchestrator_test/facts`],
    ['s3:GetObject', `${bucket('archive')}/curated/object`],
    ['s3:PutObject', `${bucket('results')}/object`],
    ['kms:Decrypt', KEY, { ...ourKey, ...via('s3') }],
  ]),
  ...attempts('deny', 'analyst', [
    ['s3:GetObject', `${bucket('spill')}/spill/object`],
    ['s3:GetObject', `${bucket('failures')}/aws/lambda/object`],
    ['s3:GetObject', `${bucket('archive')}/errors/object`],
    ['s3:DeleteObject', `${bucket('results')}/object`],
    ['glue:CreateTable', `arn:aws:glue:${HERE}:table/orchestrator_test/mine`],
    ['glue:UpdateTable', `arn:aws:glue:${HERE}:table/orchestrator_test/facts`],
    ['athena:StartQueryExecution', `arn:aws:athena:${HERE}:workgroup/primary`],
    ['kinesis:GetRecords', STREAM],
    ['dynamodb:Query', table(`${PREFIX}-events`)],
    ['kms:Decrypt', KEY, { ...ourKey, ...via('secretsmanager') }],
  ]),

  // ── the most that a deployed role can be given ──
  ...attempts('deny', 'boundary', [
    ['iam:CreateRole', role('administrator')],
    ['iam:PassRole', role(`${PREFIX}-dispatch`), to('lambda')],
    ['sts:AssumeRole', role('administrator')],
    ['kms:Decrypt', KEY, otherKey],
    ['kms:PutKeyPolicy', KEY, ourKey],
    ['s3:DeleteObject', `${bucket('archive')}/facts/object`],
    ['s3:GetObject', `${bucket('archive')}/facts/object`],
    ['s3:DeleteObject', `${bucket('failures')}/aws/lambda/object`],
    ['s3:PutObject', 'arn:aws:s3:::elsewhere/object'],
    ['kinesis:PutRecord', `arn:aws:kinesis:${REGION}:210987654321:stream/elsewhere`],
    ['kinesis:DeleteStream', STREAM],
    ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${HERE}:secret:payroll-AbCdEf`],
    ['dynamodb:DeleteTable', table(`${PREFIX}-events`)],
    ['lambda:UpdateFunctionCode', fn(`${PREFIX}-dispatch`)],
  ]),
];

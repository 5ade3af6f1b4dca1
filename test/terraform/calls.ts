import type { Call } from '../support/policy/evaluate.ts';
import { REGION } from './stack.ts';

/** ARNs of what is deployed. */
export interface Arns {
  stream: string;
  key: string;
  spill: string;
  failures: string;
  archive: string;
  apiKeys: string;
  credential: string;
  /** Secret of the address that alarms are posted to. */
  webhook: string;
  otlpHeaders: string;
  statusTable: string;
  timestreamTable: string;
  /** Of dispatch's start times. */
  dispatchTable: string;
}

export interface Calls {
  /** What the function calls, or Lambda for it. */
  allowed: Call[];
  denied: Call[];
}

const on = (resource: string, ...actions: string[]): Call[] =>
  actions.map((action) => ({ action, resource }));

const via = (service: string, resource: string, action: string): Call => ({
  action,
  resource,
  context: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` },
});

/** For each function: the calls it makes, and calls that a mistake or an intruder in it would make. */
export function callsOf(arns: Arns): Record<string, Calls> {
  const { stream, key, spill, failures, archive, apiKeys, credential, dispatchTable } = arns;
  const readWebhook = on(arns.webhook, 'secretsmanager:GetSecretValue');
  const { statusTable, timestreamTable, otlpHeaders } = arns;
  const append = [
    ...on(stream, 'kinesis:PutRecord', 'kinesis:PutRecords'),
    via('kinesis', key, 'kms:GenerateDataKey'),
  ];
  const consume = [
    ...on(
      stream,
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
      'kinesis:DescribeStreamSummary',
    ),
    via('kinesis', key, 'kms:Decrypt'),
    ...on(`${failures}/aws/lambda/uuid/shardId-000000000000/2026/01/01/object`, 's3:PutObject'),
    ...on(failures, 's3:ListBucket'),
    via('s3', key, 'kms:GenerateDataKey'),
  ];
  // Nobody may do these.
  const never = [
    ...on(
      stream,
      'kinesis:DeleteStream',
      'kinesis:DecreaseStreamRetentionPeriod',
      'kinesis:SplitShard',
    ),
    ...on(`${stream}-other`, 'kinesis:PutRecord', 'kinesis:GetRecords'),
    ...on(
      `${archive}/facts/dt=2026-01-01/hh=00/object.gz`,
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
    ),
    ...on(`${failures}/aws/lambda/uuid/object`, 's3:GetObject', 's3:DeleteObject'),
    ...on(spill, 's3:DeleteBucket', 's3:PutBucketPolicy', 's3:ListBucket'),
    ...on(apiKeys, 'secretsmanager:PutSecretValue', 'secretsmanager:DeleteSecret'),
    ...on(key, 'kms:Decrypt', 'kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy'),
    ...on(
      '*',
      'iam:PassRole',
      'sts:AssumeRole',
      'lambda:UpdateFunctionCode',
      'logs:DeleteLogGroup',
      'kinesis:ListStreams',
      'xray:PutTraceSegments',
      's3:ListAllMyBuckets',
    ),
  ];
  const readKeys = on(apiKeys, 'secretsmanager:GetSecretValue');
  const readCredential = on(credential, 'secretsmanager:GetSecretValue');
  const readOtlpHeaders = on(otlpHeaders, 'secretsmanager:GetSecretValue');
  const spilled = `${spill}/spill/2026-01-01/event.json`;
  const parked = `${spill}/parked/2026-01-01T10-00/event.json`;
  const behind = `${spill}/behind/shardId-000000000000`;
  const listing = (prefix: string): Call => ({
    action: 's3:ListBucket',
    resource: spill,
    context: { 's3:prefix': prefix },
  });
  const write = [
    ...on(statusTable, 'dynamodb:BatchWriteItem'),
    ...on(timestreamTable, 'timestream:WriteRecords'),
  ];
  const readStatus = on(statusTable, 'dynamodb:Query');
  const book = on(dispatchTable, 'dynamodb:GetItem', 'dynamodb:UpdateItem');

  return {
    authorize: {
      allowed: [...readKeys, via('secretsmanager', key, 'kms:Decrypt')],
      denied: [
        ...never,
        ...readOtlpHeaders,
        ...readCredential,
        ...readWebhook,
        ...book,
        ...append,
        ...on(spilled, 's3:PutObject', 's3:GetObject'),
        via('s3', key, 'kms:Decrypt'),
      ],
    },
    ingest: {
      allowed: [...append, ...on(spilled, 's3:PutObject'), via('s3', key, 'kms:GenerateDataKey')],
      denied: [
        ...never,
        ...readOtlpHeaders,
        ...readKeys,
        ...readCredential,
        ...readWebhook,
        ...book,
        ...on(stream, 'kinesis:GetRecords'),
        ...on(spilled, 's3:GetObject', 's3:DeleteObject'),
        ...on(parked, 's3:PutObject', 's3:GetObject'),
        ...on(behind, 's3:PutObject'),
        ...on(`${spill}/elsewhere/event.json`, 's3:PutObject'),
        via('s3', key, 'kms:Decrypt'),
        via('kinesis', key, 'kms:Decrypt'),
      ],
    },
    status: {
      allowed: [...readStatus, via('dynamodb', key, 'kms:Decrypt')],
      denied: [
        ...never,
        ...readOtlpHeaders,
        ...append,
        ...readKeys,
        ...readCredential,
        ...readWebhook,
        ...book,
        ...write,
        ...on(statusTable, 'dynamodb:Scan', 'dynamodb:PutItem', 'dynamodb:DeleteItem'),
        ...on(`${statusTable}/index/open`, 'dynamodb:Query'),
        ...on(dispatchTable, 'dynamodb:Query'),
      ],
    },
    alert: {
      allowed: [...readWebhook, via('secretsmanager', key, 'kms:Decrypt')],
      denied: [
        ...never,
        ...readKeys,
        ...readOtlpHeaders,
        ...readCredential,
        ...append,
        ...consume,
        ...book,
        ...readStatus,
        ...on(arns.webhook, 'secretsmanager:PutSecretValue'),
      ],
    },
    health: {
      allowed: [],
      denied: [
        ...never,
        ...append,
        ...consume,
        ...readKeys,
        ...book,
        ...readStatus,
        ...on(spilled, 's3:PutObject'),
      ],
    },
    dispatch: {
      allowed: [
        ...consume,
        ...append,
        ...readCredential,
        via('secretsmanager', key, 'kms:Decrypt'),
        ...on(parked, 's3:PutObject'),
        ...on(behind, 's3:PutObject'),
        ...book,
        via('dynamodb', key, 'kms:Decrypt'),
      ],
      denied: [
        ...never,
        ...readOtlpHeaders,
        ...readKeys,
        ...write,
        ...readStatus,
        ...on(
          dispatchTable,
          'dynamodb:PutItem',
          'dynamodb:DeleteItem',
          'dynamodb:Query',
          'dynamodb:Scan',
        ),
        ...on(`${dispatchTable}-other`, 'dynamodb:GetItem', 'dynamodb:UpdateItem'),
        via('dynamodb', key, 'kms:GenerateDataKey'),
        ...on(parked, 's3:GetObject', 's3:DeleteObject'),
        ...on(behind, 's3:GetObject', 's3:DeleteObject'),
        listing('parked/'),
        ...on(spilled, 's3:PutObject', 's3:GetObject'),
        ...on(`${failures}/elsewhere`, 's3:PutObject'),
        via('s3', key, 'kms:Decrypt'),
      ],
    },
    recover: {
      allowed: [
        ...append,
        ...on(spilled, 's3:GetObject', 's3:DeleteObject'),
        ...on(`${spill}/unreadable/event.json`, 's3:PutObject'),
        via('s3', key, 'kms:Decrypt'),
        via('s3', key, 'kms:GenerateDataKey'),
        ...on(parked, 's3:GetObject', 's3:DeleteObject'),
        ...on(`${spill}/unreadable/parked/2026-01-01T10-00/event.json`, 's3:PutObject'),
        ...['spill/', 'parked/', 'behind/'].map(listing),
      ],
      denied: [
        ...never,
        ...readOtlpHeaders,
        ...readKeys,
        ...readCredential,
        ...readWebhook,
        ...book,
        ...on(stream, 'kinesis:GetRecords'),
        ...on(spilled, 's3:PutObject'),
        ...on(parked, 's3:PutObject'),
        ...on(behind, 's3:GetObject', 's3:PutObject', 's3:DeleteObject'),
        listing('unreadable/'),
        ...on(`${spill}/elsewhere`, 's3:GetObject'),
      ],
    },
    project: {
      allowed: [
        ...consume,
        ...write,
        ...readStatus,
        ...readOtlpHeaders,
        via('secretsmanager', key, 'kms:Decrypt'),
        via('dynamodb', key, 'kms:Decrypt'),
        ...on('*', 'timestream:DescribeEndpoints'),
      ],
      denied: [
        ...never,
        ...append.slice(0, 2),
        ...readKeys,
        ...readCredential,
        ...readWebhook,
        ...book,
        ...on(timestreamTable, 'timestream:DeleteTable', 'timestream:Select'),
        ...on(`${timestreamTable}-other`, 'timestream:WriteRecords'),
        ...on(statusTable, 'dynamodb:Scan', 'dynamodb:DeleteTable', 'dynamodb:UpdateItem'),
        ...on(`${statusTable}-other`, 'dynamodb:BatchWriteItem', 'dynamodb:Query'),
        ...on(dispatchTable, 'dynamodb:Query', 'dynamodb:BatchWriteItem'),
      ],
    },
  };
}

import { isDeepStrictEqual } from 'node:util';

/** One resource of `terraform show -json PLAN`, as far as the check needs it. */
export interface ResourceChange {
  address: string;
  type: string;
  change: {
    /** `delete` with `create` is a replacement; `forget` leaves the resource, and Terraform's protection with it. */
    actions: string[];
    before?: unknown;
    after?: unknown;
  };
}

export interface TerraformPlan {
  resource_changes?: ResourceChange[];
}

/** The loss that comes with a resource that is deleted or replaced. */
const LOSSES: Record<string, string> = {
  aws_kinesis_stream: 'every event that is not delivered yet is lost',
  aws_kinesis_firehose_delivery_stream:
    'a new one starts at the end of the journal: what came in between is missing from the archive',
  aws_lambda_event_source_mapping:
    'a new one forgets how far it was, and reads the whole journal again',
  aws_dynamodb_table: 'its items are lost',
  aws_s3_bucket: 'its objects are lost',
  aws_kms_key: 'nothing that it encrypted can be read again',
  aws_secretsmanager_secret: 'its value is lost',
  aws_apigatewayv2_api: 'its URL is lost, and every request to it fails',
  aws_apigatewayv2_domain_name: 'every request to that name fails',
};

/** Resources that only a person may make: the stores of events, the key and the API. */
const MADE_BY_A_PERSON = new Set([
  'aws_kinesis_stream',
  'aws_dynamodb_table',
  'aws_s3_bucket',
  'aws_kms_key',
  'aws_kms_alias',
  'aws_apigatewayv2_api',
  'aws_apigatewayv2_domain_name',
]);

/** Resources that only a person may make, change or delete, because they protect a store. */
const CHANGED_BY_A_PERSON = new Set([
  'aws_kms_key',
  'aws_kms_alias',
  'aws_s3_bucket_policy',
  'aws_s3_bucket_lifecycle_configuration',
  'aws_s3_bucket_versioning',
  'aws_s3_bucket_object_lock_configuration',
  'aws_s3_bucket_public_access_block',
  'aws_s3_bucket_ownership_controls',
  'aws_s3_bucket_server_side_encryption_configuration',
]);

/** Resources that a workflow may make and change, and only a person may delete. */
const DELETED_BY_A_PERSON = new Set([
  'aws_timestreamwrite_database',
  'aws_timestreamwrite_table',
  'aws_glue_catalog_database',
  'aws_athena_workgroup',
]);

/** Arguments that only a person may change, of resources whose other arguments a workflow may change. */
const ARGUMENTS_OF_A_PERSON: Record<string, string[]> = {
  aws_iam_role: ['assume_role_policy'],
  aws_kinesis_stream: ['encryption_type'],
  aws_dynamodb_table: ['point_in_time_recovery', 'ttl'],
  aws_secretsmanager_secret: ['description', 'kms_key_id'],
};

/** The bucket of Athena's results. These can be had again, so nothing is lost with it, and the workflow may change how long they are kept. */
const RESULTS = 'module.analytics.module.results.';
const CHANGED_IN_RESULTS = new Set([
  'aws_s3_bucket_lifecycle_configuration',
  'aws_s3_bucket_versioning',
]);

/** Changes that a workflow must not apply: those that would lose events, and those that its role may not make. One line for each, with what to do. Pure. */
export function planProblems({ resource_changes: changes = [] }: TerraformPlan): string[] {
  return changes.flatMap((change) => lossOf(change) ?? workOfAPerson(change) ?? []);
}

function lossOf({ address, type, change: { actions } }: ResourceChange): string | undefined {
  const loss = LOSSES[type];
  const isKept = !actions.some((action) => action === 'delete' || action === 'forget');
  if (!loss || isKept || address.startsWith(RESULTS)) return undefined;
  return `${address} would be ${participleOf(actions)}: ${loss}. Take back the change that causes it; a person may do it by hand (terraform/README.md, "What is protected").`;
}

function workOfAPerson(resource: ResourceChange): string | undefined {
  const { address, change } = resource;
  if (!isWorkOfAPerson(resource)) return undefined;
  return `${address} would be ${participleOf(change.actions)}, which no workflow may do: a person applies this plan first (terraform/README.md, "What only a person applies"), and then the workflow plans again.`;
}

function isWorkOfAPerson({ address, type, change }: ResourceChange): boolean {
  const { actions } = change;
  if (address.startsWith(RESULTS) && CHANGED_IN_RESULTS.has(type)) return false;
  const isMade = actions.includes('create');
  const isDeleted = actions.includes('delete');
  const isChanged = actions.includes('update');
  return (
    ((isMade || isDeleted || isChanged) && CHANGED_BY_A_PERSON.has(type)) ||
    ((isMade || isDeleted) && MADE_BY_A_PERSON.has(type)) ||
    (isDeleted && DELETED_BY_A_PERSON.has(type)) ||
    (isChanged && changesSettingOfAPerson(type, change))
  );
}

function changesSettingOfAPerson(type: string, change: ResourceChange['change']): boolean {
  const names = ARGUMENTS_OF_A_PERSON[type] ?? [];
  return (
    names.some((name) => changes(change, name)) ||
    (type === 'aws_kinesis_stream' && isShortened(change))
  );
}

/** An argument that is not known before the apply counts as changed. */
function changes({ before, after }: ResourceChange['change'], name: string): boolean {
  return !isDeepStrictEqual(argumentOf(before, name), argumentOf(after, name));
}

/** A workflow may let a stream keep its records for longer, not for a shorter time. */
function isShortened({ before, after }: ResourceChange['change']): boolean {
  const hoursOf = (stream: unknown) => Number(argumentOf(stream, 'retention_period'));
  return hoursOf(after) < hoursOf(before);
}

function argumentOf(resource: unknown, name: string): unknown {
  return (resource as Record<string, unknown> | null | undefined)?.[name];
}

function participleOf(actions: string[]): string {
  if (actions.includes('update')) return 'changed';
  if (!actions.includes('create')) return 'deleted';
  return actions.length > 1 ? 'replaced' : 'made';
}

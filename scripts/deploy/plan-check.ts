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

/** Resources that only a person may make or change: the stores of events, the key, and what protects them. */
const MADE_BY_A_PERSON = new Set([
  'aws_kinesis_stream',
  'aws_dynamodb_table',
  'aws_s3_bucket',
  'aws_kms_key',
  'aws_kms_alias',
  'aws_apigatewayv2_api',
  'aws_apigatewayv2_domain_name',
]);
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

/** Athena's results can be had again, so the workflow looks after their bucket. */
const RESULTS = 'module.analytics.module.results.';

/** Changes that a workflow must not apply: those that would lose events, and those that its role may not make. One line for each, with what to do. Pure. */
export function planProblems({ resource_changes: changes = [] }: TerraformPlan): string[] {
  return changes
    .filter(({ address }) => !address.startsWith(RESULTS))
    .flatMap((change) => [...lossOf(change), ...personOf(change)]);
}

function lossOf({ address, type, change: { actions } }: ResourceChange): string[] {
  const loss = LOSSES[type];
  if (!loss || !actions.some((action) => action === 'delete' || action === 'forget')) return [];
  const what = actions.includes('create') ? 'would be replaced' : 'would be deleted';
  return [
    `${address} ${what}: ${loss}. Take back the change that causes it; a person may do it by hand (terraform/README.md, "What is protected").`,
  ];
}

function personOf({ address, type, change }: ResourceChange): string[] {
  const { actions } = change;
  const isMade = actions.includes('create') && !actions.includes('delete');
  const isChanged = actions.includes('update');
  const isAPersons =
    (isMade && MADE_BY_A_PERSON.has(type)) ||
    ((isMade || isChanged) && CHANGED_BY_A_PERSON.has(type)) ||
    (isChanged && type === 'aws_iam_role' && changesTrust(change));
  if (!isAPersons) return [];
  return [
    `${address} would be ${isMade ? 'made' : 'changed'}, which no workflow may do: a person applies this plan first (terraform/README.md, "What only a person applies"), and then the workflow plans again.`,
  ];
}

function changesTrust({ before, after }: ResourceChange['change']): boolean {
  const trustOf = (role: unknown) => (role as { assume_role_policy?: string })?.assume_role_policy;
  return trustOf(before) !== trustOf(after);
}

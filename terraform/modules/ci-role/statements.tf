# The statements of the roles. Names of what is deployed begin with the prefix, so that the roles can do nothing elsewhere.

locals {
  state_object = "arn:aws:s3:::${var.state_bucket}/${var.state_key}"

  # The one role that may read events, and nothing but read: for the audit, and for tracing the event of a smoke test.
  audit_statements = [
    { Sid = "FindFacts", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [for bucket in ["archive", "spill", "failures"] : "arn:aws:s3:::${var.prefix}-${bucket}-${var.account_id}"] },
    # What was deleted of the archive is named by its versions; their content is not read.
    { Sid = "FindDeletedFacts", Effect = "Allow", Action = ["s3:ListBucketVersions", "s3:GetBucketVersioning"], Resource = ["arn:aws:s3:::${var.prefix}-archive-${var.account_id}"] },
    { Sid = "ReadFacts", Effect = "Allow", Action = ["s3:GetObject"], Resource = [for bucket in ["archive", "spill", "failures"] : "arn:aws:s3:::${var.prefix}-${bucket}-${var.account_id}/*"] },
    { Sid = "ReadStatus", Effect = "Allow", Action = ["dynamodb:Query"], Resource = [local.status_table, "${local.status_table}/index/open"] },
    # A second witness: what the table knows as received must be in the archive.
    { Sid = "CompareStatus", Effect = "Allow", Action = ["dynamodb:Scan", "dynamodb:DescribeTable"], Resource = [local.status_table] },
    # What is not in the archive yet, and how far dispatch is: that tells what may still be delivered.
    { Sid = "ReadJournal", Effect = "Allow", Action = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"], Resource = ["arn:aws:kinesis:${local.local_arn}:stream/${var.prefix}-journal"] },
    { Sid = "ReadPositions", Effect = "Allow", Action = ["dynamodb:Scan"], Resource = ["arn:aws:dynamodb:${local.local_arn}:table/${var.prefix}-dispatch"] },
    # The key belongs to what is deployed later, so it is known by its alias.
    { Sid = "DecryptFacts", Effect = "Allow", Action = ["kms:Decrypt"], Resource = ["arn:aws:kms:${local.local_arn}:key/*"], Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.prefix}" } } },
    # It names no resource.
    { Sid = "ReadMetrics", Effect = "Allow", Action = ["cloudwatch:GetMetricData"], Resource = ["*"] },
  ]

  state_statements = { for role, actions in { plan = ["s3:GetObject"], audit = ["s3:GetObject"], deploy = ["s3:GetObject", "s3:PutObject"] } :
    role => concat(
      [
        { Sid = "FindTheState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::${var.state_bucket}"] },
        { Sid = "UseTheState", Effect = "Allow", Action = actions, Resource = [local.state_object] },
        { Sid = "UseTheStatesKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.state_kms_key_arn] },
      ],
      role == "audit" ? [] : [
        { Sid = "LockTheState", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${local.state_object}.tflock"] },
      ],
    )
  }

  # Events are nobody's business in a workflow.
  no_data_statements = [
    {
      Sid      = "NoEvents"
      Effect   = "Deny"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = [for bucket in ["archive", "spill", "failures", "results"] : "arn:aws:s3:::${var.prefix}-${bucket}-${var.account_id}/*"]
    },
    {
      Sid      = "NoFacts"
      Effect   = "Deny"
      Action   = ["kinesis:GetRecords", "kinesis:SubscribeToShard", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "timestream:Select", "athena:GetQueryResults"]
      Resource = "*" # whichever they are
    },
    { Sid = "NoSecrets", Effect = "Deny", Action = ["secretsmanager:GetSecretValue"], Resource = "*" },
  ]

  # A person with other rights deletes data, never a workflow: neither a mistake in the code nor in a review can.
  no_deletion_statements = [
    { Sid = "KeepTheJournal", Effect = "Deny", Action = ["kinesis:DeleteStream", "kinesis:DecreaseStreamRetentionPeriod"], Resource = ["arn:aws:kinesis:${var.region}:${var.account_id}:stream/${var.prefix}-journal"] },
    { Sid = "KeepTheBuckets", Effect = "Deny", Action = ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion"], Resource = [for bucket in ["archive", "spill", "failures"] : "arn:aws:s3:::${var.prefix}-${bucket}-${var.account_id}*"] },
    { Sid = "KeepTheKeys", Effect = "Deny", Action = ["kms:ScheduleKeyDeletion", "kms:DisableKey", "secretsmanager:DeleteSecret"], Resource = "*" },
  ]

  local_arn = "${var.region}:${var.account_id}"

  status_table = "arn:aws:dynamodb:${local.local_arn}:table/${var.prefix}-events"

  deploy_statements = [
    for sid, grant in local.deploy_grants : { Sid = sid, Effect = "Allow", Action = grant.actions, Resource = grant.resources }
  ]

  deploy_grants = {
    Functions     = { actions = ["lambda:*"], resources = ["arn:aws:lambda:${local.local_arn}:function:${var.prefix}-*"] }
    Journal       = { actions = ["kinesis:*"], resources = ["arn:aws:kinesis:${local.local_arn}:stream/${var.prefix}-*"] }
    Buckets       = { actions = ["s3:*"], resources = flatten([for bucket in ["archive", "spill", "failures", "results"] : [for suffix in ["", "/*"] : "arn:aws:s3:::${var.prefix}-${bucket}-${var.account_id}${suffix}"]]) }
    DynamoDb      = { actions = [for action in ["CreateTable", "DescribeTable", "UpdateTable", "DeleteTable", "DescribeContinuousBackups", "UpdateContinuousBackups", "DescribeTimeToLive", "UpdateTimeToLive", "ListTagsOfResource", "TagResource", "UntagResource"] : "dynamodb:${action}"], resources = ["arn:aws:dynamodb:${local.local_arn}:table/${var.prefix}-dispatch", local.status_table] }
    Deliveries    = { actions = ["firehose:*"], resources = ["arn:aws:firehose:${local.local_arn}:deliverystream/${var.prefix}-*"] }
    Secrets       = { actions = ["secretsmanager:*"], resources = ["arn:aws:secretsmanager:${local.local_arn}:secret:${var.prefix}/*"] }
    Topics        = { actions = ["sns:*"], resources = ["arn:aws:sns:${local.local_arn}:${var.prefix}-*"] }
    Schedules     = { actions = ["events:*"], resources = ["arn:aws:events:${local.local_arn}:rule/${var.prefix}-*"] }
    Alarms        = { actions = ["cloudwatch:*"], resources = ["arn:aws:cloudwatch:${local.local_arn}:alarm:${var.prefix}-*", "arn:aws:cloudwatch::${var.account_id}:dashboard/${var.prefix}"] }
    Tables        = { actions = ["glue:*"], resources = ["arn:aws:glue:${local.local_arn}:catalog", "arn:aws:glue:${local.local_arn}:database/${replace(var.prefix, "-", "_")}", "arn:aws:glue:${local.local_arn}:table/${replace(var.prefix, "-", "_")}/*"] }
    Queries       = { actions = ["athena:*"], resources = ["arn:aws:athena:${local.local_arn}:workgroup/${var.prefix}"] }
    Timestream    = { actions = ["timestream:*"], resources = ["arn:aws:timestream:${local.local_arn}:database/${var.prefix}", "arn:aws:timestream:${local.local_arn}:database/${var.prefix}/table/*"] }
    Logs          = { actions = ["logs:*"], resources = [for name in ["lambda", "apigateway", "kinesisfirehose"] : "arn:aws:logs:${local.local_arn}:log-group:/aws/${name}/${var.prefix}*"] }
    Api           = { actions = ["apigateway:*"], resources = ["arn:aws:apigateway:${var.region}::/apis", "arn:aws:apigateway:${var.region}::/apis/*", "arn:aws:apigateway:${var.region}::/domainnames*", "arn:aws:apigateway:${var.region}::/tags/*"] }
    Roles         = { actions = ["iam:GetRole", "iam:CreateRole", "iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PassRole"], resources = local.deployed_roles }
    Keys          = { actions = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"], resources = ["arn:aws:kms:${local.local_arn}:alias/${var.prefix}", "arn:aws:kms:${local.local_arn}:key/*"] }
    KeysByService = { actions = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:GetKeyRotationStatus", "kms:EnableKeyRotation", "kms:ListResourceTags", "kms:TagResource", "kms:UpdateKeyDescription", "kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], resources = ["arn:aws:kms:${local.local_arn}:key/*"] }
    # Calls that name no resource, or not yet.
    Unnamed = { actions = [
      "kms:CreateKey", "kms:ListAliases", "logs:DescribeLogGroups", "logs:ListTagsForResource", "lambda:CreateEventSourceMapping",
      "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:ListEventSourceMappings",
      "lambda:ListTags", "lambda:TagResource", "athena:CreateNamedQuery", "athena:GetNamedQuery", "athena:DeleteNamedQuery",
      "timestream:DescribeEndpoints", "cloudwatch:DescribeAlarms", "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "sts:GetCallerIdentity",
    ], resources = ["*"] }
  }

  # Not its own role, nor the one that plans: a workflow cannot widen what it may do.
  deployed_roles = [for name in ["authorize", "ingest", "health", "dispatch", "recover", "project", "status", "firehose"] : "arn:aws:iam::${var.account_id}:role/${var.prefix}-${name}"]
}

# What Terraform reads of this stack to plan. Resources are named by the stack's prefix or id; only calls that name no resource have a
# star, and each of those returns names and settings.

locals {
  here     = "${var.region}:${var.account_id}"
  database = replace(var.prefix, "-", "_")

  data_buckets = [for name in ["archive", "spill", "failures"] : "arn:aws:s3:::${var.prefix}-${name}-${var.account_id}"]
  results      = "arn:aws:s3:::${var.prefix}-results-${var.account_id}"

  arns = {
    functions = ["arn:aws:lambda:${local.here}:function:${var.prefix}-*"]
    journal   = ["arn:aws:kinesis:${local.here}:stream/${var.prefix}-journal"]
    tables    = [for name in ["dispatch", "events"] : "arn:aws:dynamodb:${local.here}:table/${var.prefix}-${name}"]
    delivery  = ["arn:aws:firehose:${local.here}:deliverystream/${var.prefix}-*"]
    secrets   = ["arn:aws:secretsmanager:${local.here}:secret:${var.prefix}/*"]
    topics    = ["arn:aws:sns:${local.here}:${var.prefix}-*"]
    rules     = ["arn:aws:events:${local.here}:rule/${var.prefix}-*"]
    alarms    = ["arn:aws:cloudwatch:${local.here}:alarm:${var.prefix}-*", "arn:aws:cloudwatch::${var.account_id}:dashboard/${var.prefix}"]
    catalog   = ["arn:aws:glue:${local.here}:catalog", "arn:aws:glue:${local.here}:database/${local.database}", "arn:aws:glue:${local.here}:table/${local.database}/*"]
    workgroup = ["arn:aws:athena:${local.here}:workgroup/${var.prefix}"]
    rows      = ["arn:aws:timestream:${local.here}:database/${var.prefix}", "arn:aws:timestream:${local.here}:database/${var.prefix}/table/*"]
    logs      = flatten([for group in ["lambda/${var.prefix}-*", "apigateway/${var.prefix}", "kinesisfirehose/${var.prefix}"] : [for suffix in ["", ":*"] : "arn:aws:logs:${local.here}:log-group:/aws/${group}${suffix}"]])
    roles     = [for name in var.deployed_roles : "arn:aws:iam::${var.account_id}:role/${var.prefix}-${name}"]
    mappings  = ["arn:aws:lambda:${local.here}:event-source-mapping:*"]
    # An API is known by its id, which it gets when a person makes it.
    api    = var.api_id == null ? [] : [for path in ["apis/${var.api_id}", "apis/${var.api_id}/*", "tags/*${var.api_id}*"] : "arn:aws:apigateway:${var.region}::/${path}"]
    domain = var.domain == null ? [] : flatten([for suffix in ["", "/*"] : "arn:aws:apigateway:${var.region}::/domainnames/${var.domain.name}${suffix}"])
    zone   = try(["arn:aws:route53:::hostedzone/${var.domain.zone_id}"], [])
  }

  # The key is known by its alias.
  this_key = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.prefix}" } }
  # A mapping is known by the function that it calls. AWS sets this key for Create-, Get-, Update- and DeleteEventSourceMapping only, not for tags.
  # https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
  this_stacks_mappings = { ArnLike = { "lambda:FunctionArn" = "arn:aws:lambda:${local.here}:function:${var.prefix}-*" } }

  reads = {
    Functions = { resources = local.arns.functions, actions = ["lambda:GetFunction*", "lambda:GetAlias", "lambda:GetPolicy", "lambda:GetProvisionedConcurrencyConfig", "lambda:GetRuntimeManagementConfig", "lambda:ListVersionsByFunction", "lambda:ListTags"] }
    Mappings  = { resources = local.arns.mappings, actions = ["lambda:GetEventSourceMapping"], condition = local.this_stacks_mappings }
    # Tags of every mapping in the account: names and settings, as those calls without a resource return.
    MappingTags = { resources = local.arns.mappings, actions = ["lambda:ListTags"] }
    Journal     = { resources = local.arns.journal, actions = ["kinesis:DescribeStream*", "kinesis:ListTagsForStream", "kinesis:ListTagsForResource", "kinesis:ListStreamConsumers"] }
    Buckets     = { resources = concat(local.data_buckets, [local.results]), actions = ["s3:ListBucket", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetAccelerateConfiguration", "s3:GetReplicationConfiguration", "s3:GetMetricsConfiguration"] }
    Tables      = { resources = local.arns.tables, actions = ["dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive", "dynamodb:DescribeKinesisStreamingDestination", "dynamodb:ListTagsOfResource"] }
    Deliveries  = { resources = local.arns.delivery, actions = ["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream"] }
    Secrets     = { resources = local.arns.secrets, actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"] }
    Topics      = { resources = local.arns.topics, actions = ["sns:GetTopicAttributes", "sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"] }
    Schedules   = { resources = local.arns.rules, actions = ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"] }
    Alarms      = { resources = local.arns.alarms, actions = ["cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"] }
    Catalog     = { resources = local.arns.catalog, actions = ["glue:GetDatabase", "glue:GetTable", "glue:GetTags", "glue:GetPartitionIndexes"] }
    Queries     = { resources = local.arns.workgroup, actions = ["athena:GetWorkGroup", "athena:GetNamedQuery", "athena:ListTagsForResource"] }
    Rows        = { resources = local.arns.rows, actions = ["timestream:DescribeDatabase", "timestream:DescribeTable", "timestream:ListTagsForResource"] }
    Logs        = { resources = local.arns.logs, actions = ["logs:DescribeLogStreams", "logs:DescribeMetricFilters", "logs:ListTagsForResource", "logs:ListTagsLogGroup"] }
    Api         = { resources = concat(local.arns.api, local.arns.domain), actions = ["apigateway:GET"] }
    Records     = { resources = local.arns.zone, actions = ["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"] }
    Roles       = { resources = local.arns.roles, actions = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole"] }
    Key         = { resources = ["arn:aws:kms:${local.here}:key/*"], actions = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"], condition = local.this_key }
    # These calls have no resource.
    Everywhere = { resources = ["*"], actions = ["kms:ListAliases", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "lambda:ListEventSourceMappings", "timestream:DescribeEndpoints", "kinesis:DescribeLimits", "sts:GetCallerIdentity"] }
  }

  reading = [for sid, grant in local.reads : merge(
    { Sid = "Read${sid}", Effect = "Allow", Action = grant.actions, Resource = grant.resources },
    { for key in ["Condition"] : key => grant.condition if can(grant.condition) },
  ) if length(grant.resources) > 0]
}

# What the deploying workflow may change: all but the stores of events and what protects them. Roles only within the permissions boundary.

locals {
  services = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "firehose.amazonaws.com"] } }
  callers  = [for service in ["apigateway", "s3", "events", "sns", "logs"] : "${service}.amazonaws.com"]

  # The default tags of the root, by which the tags of a mapping are guarded: Lambda does not set the function's ARN for them.
  # https://docs.aws.amazon.com/lambda/latest/dg/attribute-based-access-control.html
  stack_tags = { Application = trimsuffix(var.prefix, "-${var.environment}"), Environment = var.environment }

  writes = {
    Functions   = { resources = local.arns.functions, actions = ["lambda:CreateFunction", "lambda:UpdateFunction*", "lambda:DeleteFunction", "lambda:PublishVersion", "lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias", "lambda:Put*Concurrency*", "lambda:DeleteFunctionConcurrency", "lambda:DeleteProvisionedConcurrencyConfig", "lambda:PutFunctionEventInvokeConfig", "lambda:DeleteFunctionEventInvokeConfig", "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource"] }
    Callers     = { resources = local.arns.functions, actions = ["lambda:AddPermission"], condition = { StringEquals = { "lambda:Principal" = local.callers } } }
    NewMappings = { resources = ["*"], actions = ["lambda:CreateEventSourceMapping"], condition = local.this_stacks_mappings } # it has no ARN yet
    Mappings    = { resources = local.arns.mappings, actions = ["lambda:UpdateEventSourceMapping"], condition = local.this_stacks_mappings }
    MappingTags = { resources = local.arns.mappings, actions = ["lambda:TagResource", "lambda:UntagResource"], condition = { StringEquals = { for tag, value in local.stack_tags : "aws:ResourceTag/${tag}" => value } } }
    # A mapping is made with its tags, before it has any. So these two tags can be given to another mapping as well; no other right follows from them.
    NewMappingTags = { resources = local.arns.mappings, actions = ["lambda:TagResource"], condition = { StringEquals = { for tag, value in local.stack_tags : "aws:RequestTag/${tag}" => value } } }
    Journal        = { resources = local.arns.journal, actions = ["kinesis:UpdateShardCount", "kinesis:UpdateStreamMode", "kinesis:IncreaseStreamRetentionPeriod", "kinesis:StartStreamEncryption", "kinesis:EnableEnhancedMonitoring", "kinesis:DisableEnhancedMonitoring", "kinesis:AddTagsToStream", "kinesis:RemoveTagsFromStream"] }
    DataBuckets    = { resources = local.data_buckets, actions = ["s3:PutBucketNotification", "s3:PutMetricsConfiguration", "s3:PutBucketTagging"] }
    Results        = { resources = [local.results], actions = ["s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:PutBucketTagging"] }
    Tables         = { resources = local.arns.tables, actions = ["dynamodb:UpdateTable", "dynamodb:TagResource", "dynamodb:UntagResource"] }
    Deliveries     = { resources = local.arns.delivery, actions = ["firehose:CreateDeliveryStream", "firehose:UpdateDestination", "firehose:TagDeliveryStream", "firehose:UntagDeliveryStream"] }
    Secrets        = { resources = local.arns.secrets, actions = ["secretsmanager:CreateSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource"] }
    Topics         = { resources = local.arns.topics, actions = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:Unsubscribe", "sns:SetSubscriptionAttributes", "sns:TagResource", "sns:UntagResource"] }
    Schedules      = { resources = local.arns.rules, actions = ["events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"] }
    Alarms         = { resources = local.arns.alarms, actions = ["cloudwatch:PutMetricAlarm", "cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards", "cloudwatch:TagResource", "cloudwatch:UntagResource"] }
    Catalog        = { resources = local.arns.catalog, actions = ["glue:CreateDatabase", "glue:UpdateDatabase", "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:TagResource", "glue:UntagResource"] }
    Queries        = { resources = local.arns.workgroup, actions = ["athena:CreateWorkGroup", "athena:UpdateWorkGroup", "athena:CreateNamedQuery", "athena:UpdateNamedQuery", "athena:DeleteNamedQuery", "athena:TagResource", "athena:UntagResource"] }
    Rows           = { resources = local.arns.rows, actions = ["timestream:CreateDatabase", "timestream:UpdateDatabase", "timestream:CreateTable", "timestream:UpdateTable", "timestream:TagResource", "timestream:UntagResource"] }
    Logs           = { resources = local.arns.logs, actions = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:CreateLogStream", "logs:DeleteLogStream", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:PutMetricFilter", "logs:DeleteMetricFilter", "logs:TagResource", "logs:UntagResource"] }
    Api            = { resources = concat(local.arns.api, local.arns.domain), actions = ["apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE"] }
    Records        = { resources = local.arns.zone, actions = ["route53:ChangeResourceRecordSets"], condition = { "ForAllValues:StringEquals" = { "route53:ChangeResourceRecordSetsNormalizedRecordNames" = [try(var.domain.name, "")], "route53:ChangeResourceRecordSetsRecordTypes" = ["A", "AAAA"] } } }
    Changes        = { resources = length(local.arns.zone) > 0 ? ["arn:aws:route53:::change/*"] : [], actions = ["route53:GetChange"] }

    # A role that is made, or whose policies change, has the boundary: it can do no more than that.
    BoundedRoles = { resources = local.arns.roles, actions = ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"], condition = { StringEquals = { "iam:PermissionsBoundary" = var.boundary_arn } } }
    OldRoles     = { resources = local.arns.roles, actions = ["iam:DeleteRole", "iam:UpdateRole", "iam:TagRole", "iam:UntagRole"] }
    PassRoles    = { resources = local.arns.roles, actions = ["iam:PassRole"], condition = local.services }

    # Services use the key on behalf of their caller.
    Key   = { resources = ["arn:aws:kms:${local.here}:key/*"], actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], condition = merge(local.this_key, { StringLike = { "kms:ViaService" = "*.${var.region}.amazonaws.com" } }) }
    Grant = { resources = ["arn:aws:kms:${local.here}:key/*"], actions = ["kms:CreateGrant"], condition = merge(local.this_key, { Bool = { "kms:GrantIsForAWSResource" = "true" } }) }

    # An API's access log. These calls have no resource.
    AccessLog = { resources = ["*"], actions = ["logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy"] }
  }

  writing = [for sid, grant in local.writes : merge(
    { Sid = sid, Effect = "Allow", Action = grant.actions, Resource = grant.resources },
    { for key in ["Condition"] : key => grant.condition if can(grant.condition) },
  ) if length(grant.resources) > 0]
}

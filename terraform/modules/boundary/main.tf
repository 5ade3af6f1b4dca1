# The most that any role of the deployed system may do. A person makes this policy. Workflows may make and change roles only with it as
# their permissions boundary, so that no workflow can give a role more than this.

locals {
  bucket = { for name in ["archive", "spill", "failures"] : name => "arn:aws:s3:::${var.prefix}-${name}-${var.account_id}" }
  here   = "${var.region}:${var.account_id}"
}

resource "aws_iam_policy" "this" {
  name        = "${var.prefix}-boundary"
  description = "The most that a role of ${var.prefix} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Journal"
        Effect   = "Allow"
        Action   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:SubscribeToShard", "kinesis:PutRecord", "kinesis:PutRecords"]
        Resource = ["arn:aws:kinesis:${local.here}:stream/${var.prefix}-journal", "arn:aws:kinesis:${local.here}:stream/${var.prefix}-journal/consumer/*"]
      },
      {
        Sid      = "FindObjects"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
        Resource = values(local.bucket)
      },
      {
        Sid      = "WriteObjects"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource = [for bucket in values(local.bucket) : "${bucket}/*"]
      },
      {
        # The only objects that a function may remove: recover has appended them to the journal.
        Sid      = "ReadAndRemoveSpilled"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:DeleteObject"]
        Resource = ["${local.bucket.spill}/*"]
      },
      {
        Sid      = "Tables"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"]
        Resource = [for table in ["dispatch", "events"] : "arn:aws:dynamodb:${local.here}:table/${var.prefix}-${table}"]
      },
      {
        Sid      = "Secrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = ["arn:aws:secretsmanager:${local.here}:secret:${var.prefix}/*"]
      },
      {
        # The key belongs to what is deployed later, so it is known by its alias.
        Sid       = "Key"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = ["arn:aws:kms:${local.here}:key/*"]
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.prefix}" } }
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:${local.here}:log-group:/aws/lambda/${var.prefix}-*", "arn:aws:logs:${local.here}:log-group:/aws/kinesisfirehose/${var.prefix}:*"]
      },
      {
        Sid      = "Columns"
        Effect   = "Allow"
        Action   = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
        Resource = ["arn:aws:glue:${local.here}:catalog", "arn:aws:glue:${local.here}:database/${local.database}", "arn:aws:glue:${local.here}:table/${local.database}/*"]
      },
      {
        Sid      = "Rows"
        Effect   = "Allow"
        Action   = ["timestream:WriteRecords"]
        Resource = ["arn:aws:timestream:${local.here}:database/${var.prefix}/table/*"]
      },
      {
        Sid      = "CallsWithoutResource"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "timestream:DescribeEndpoints"]
        Resource = ["*"]
      },
    ]
  })
}

locals {
  database = replace(var.prefix, "-", "_")
}

# The statements, by what a person does. A test holds them to the calls that the commands make.

locals {
  here     = "${var.region}:${var.account_id}"
  bucket   = { for name in ["archive", "spill", "failures", "results"] : name => "arn:aws:s3:::${var.prefix}-${name}-${var.account_id}" }
  journal  = "arn:aws:kinesis:${local.here}:stream/${var.prefix}-journal"
  dispatch = "arn:aws:lambda:${local.here}:function:${var.prefix}-dispatch"
  status   = "arn:aws:dynamodb:${local.here}:table/${var.prefix}-events"
  starts   = "arn:aws:dynamodb:${local.here}:table/${var.prefix}-dispatch"
  database = replace(var.prefix, "-", "_")

  # The key belongs to what is deployed later, so it is known by its alias.
  this_key = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.prefix}" } }

  # audit and trace.
  read_facts = [
    { Sid = "FindFacts", Effect = "Allow", Action = ["s3:ListBucket"], Resource = [local.bucket.archive, local.bucket.spill, local.bucket.failures] },
    # What was deleted of the archive is named by its versions; their content is not read.
    { Sid = "FindDeletedFacts", Effect = "Allow", Action = ["s3:ListBucketVersions", "s3:GetBucketVersioning"], Resource = [local.bucket.archive] },
    { Sid = "ReadFacts", Effect = "Allow", Action = ["s3:GetObject"], Resource = [for name in ["archive", "spill", "failures"] : "${local.bucket[name]}/*"] },
    { Sid = "ReadStatus", Effect = "Allow", Action = ["dynamodb:Query"], Resource = [local.status, "${local.status}/index/open"] },
    # A second witness: what the table knows as received must be in the archive.
    { Sid = "CompareStatus", Effect = "Allow", Action = ["dynamodb:Scan", "dynamodb:DescribeTable"], Resource = [local.status] },
    # What is not in the archive yet, and how far dispatch is: that tells what may still be delivered.
    { Sid = "ReadJournal", Effect = "Allow", Action = ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"], Resource = [local.journal] },
    { Sid = "ReadPositions", Effect = "Allow", Action = ["dynamodb:Scan"], Resource = [local.starts] },
    { Sid = "DecryptFacts", Effect = "Allow", Action = ["kms:Decrypt"], Resource = ["arn:aws:kms:${local.here}:key/*"], Condition = local.this_key },
  ]

  # Where everything is: terraform output.
  read_state = [
    { Sid = "FindTheState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::${var.state_bucket}"] },
    { Sid = "ReadTheState", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::${var.state_bucket}/${var.state_key}"] },
    { Sid = "DecryptTheState", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.state_kms_key_arn] },
  ]

  operate = [
    # pause and resume. A mapping is known by the function that it calls.
    { Sid = "PauseDispatch", Effect = "Allow", Action = ["lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"], Resource = ["arn:aws:lambda:${local.here}:event-source-mapping:*"], Condition = { StringEquals = { "lambda:FunctionArn" = local.dispatch } } },
    { Sid = "ReadTheRate", Effect = "Allow", Action = ["lambda:GetFunctionConfiguration"], Resource = [local.dispatch] },
    # status, top and the console: what dispatch has learnt of the rate.
    { Sid = "ReadTheSchedule", Effect = "Allow", Action = ["dynamodb:GetItem"], Resource = [local.starts] },
    # replay and dismiss.
    { Sid = "AppendFacts", Effect = "Allow", Action = ["kinesis:PutRecord", "kinesis:PutRecords"], Resource = [local.journal] },
    { Sid = "EncryptFacts", Effect = "Allow", Action = ["kms:GenerateDataKey"], Resource = ["arn:aws:kms:${local.here}:key/*"], Condition = merge(local.this_key, { StringEquals = { "kms:ViaService" = "kinesis.${var.region}.amazonaws.com" } }) },
    # One item of the table of start times: one replay at a time.
    { Sid = "HoldTheReplayLock", Effect = "Allow", Action = ["dynamodb:UpdateItem"], Resource = [local.starts], Condition = { "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = "lock#replay" } } },
    # project.
    { Sid = "WriteStatus", Effect = "Allow", Action = ["dynamodb:BatchWriteItem"], Resource = [local.status] },
    { Sid = "WriteRows", Effect = "Allow", Action = ["timestream:WriteRecords"], Resource = ["arn:aws:timestream:${local.here}:database/${var.prefix}/table/*"] },
    { Sid = "FindTimestream", Effect = "Allow", Action = ["timestream:DescribeEndpoints"], Resource = ["*"] }, # the call has no resource
  ]

  # What the runbook looks at: logs and alarms.
  observe = [
    { Sid = "ReadLogs", Effect = "Allow", Action = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams"], Resource = [for group in ["lambda/${var.prefix}-*", "apigateway/${var.prefix}:*", "kinesisfirehose/${var.prefix}:*"] : "arn:aws:logs:${local.here}:log-group:/aws/${group}"] },
    # These calls have no resource. They return measurements and names, no events.
    { Sid = "ReadAlarms", Effect = "Allow", Action = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "logs:DescribeLogGroups"], Resource = ["*"] },
    { Sid = "ReadTheDashboard", Effect = "Allow", Action = ["cloudwatch:GetDashboard"], Resource = ["arn:aws:cloudwatch::${var.account_id}:dashboard/${var.prefix}"] },
  ]

  # query: Athena reads the archive and writes results with the rights of the person who asks.
  analyse = [
    { Sid = "Ask", Effect = "Allow", Action = ["athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:ListQueryExecutions", "athena:GetWorkGroup", "athena:ListNamedQueries", "athena:GetNamedQuery"], Resource = ["arn:aws:athena:${local.here}:workgroup/${var.prefix}"] },
    { Sid = "FindColumns", Effect = "Allow", Action = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"], Resource = ["arn:aws:glue:${local.here}:catalog", "arn:aws:glue:${local.here}:database/${local.database}", "arn:aws:glue:${local.here}:table/${local.database}/*"] },
    { Sid = "FindObjects", Effect = "Allow", Action = ["s3:ListBucket", "s3:GetBucketLocation"], Resource = [local.bucket.archive, local.bucket.results] },
    { Sid = "ReadTheArchive", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["${local.bucket.archive}/facts/*", "${local.bucket.archive}/curated/*"] },
    { Sid = "KeepResults", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], Resource = ["${local.bucket.results}/*"] },
    { Sid = "UseTheKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = ["arn:aws:kms:${local.here}:key/*"], Condition = merge(local.this_key, { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }) },
  ]
}

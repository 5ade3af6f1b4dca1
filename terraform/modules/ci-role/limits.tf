# What no workflow may do, even where another statement allows it. A person with other rights does these: neither a mistake in the code nor in a
# review can.

locals {
  objects = [for bucket in concat(local.data_buckets, [local.results]) : "${bucket}/*"]

  no_data = [
    { Sid = "NoEvents", Effect = "Deny", Action = ["s3:GetObject*", "s3:PutObject*", "s3:RestoreObject"], Resource = local.objects },
    {
      Sid      = "NoFacts"
      Effect   = "Deny"
      Action   = ["kinesis:GetRecords", "kinesis:SubscribeToShard", "kinesis:PutRecord*", "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQL*", "dynamodb:Export*", "timestream:Select", "timestream:WriteRecords", "athena:StartQueryExecution", "athena:GetQueryResults*"]
      Resource = "*"
    },
    { Sid = "NoSecrets", Effect = "Deny", Action = ["secretsmanager:*SecretValue", "secretsmanager:UpdateSecret", "secretsmanager:PutResourcePolicy"], Resource = "*" },
  ]

  # The API and its domain name themselves; what is under them (routes, integrations, mappings) can be deleted.
  api_itself = concat(
    var.api_id == null ? [] : ["arn:aws:apigateway:${var.region}::/apis/${var.api_id}"],
    var.domain == null ? [] : ["arn:aws:apigateway:${var.region}::/domainnames/${var.domain.name}"],
  )

  # A lifecycle rule deletes every object in a day, a bucket policy or a stream policy gives them to another account, a suspended versioning or
  # a removed lock lets them be overwritten.
  no_deletion = concat([
    { Sid = "KeepTheJournal", Effect = "Deny", Action = ["kinesis:DeleteStream", "kinesis:DecreaseStreamRetentionPeriod", "kinesis:StopStreamEncryption", "kinesis:*ResourcePolicy"], Resource = "*" },
    {
      Sid    = "KeepTheBuckets"
      Effect = "Deny"
      Action = [
        "s3:CreateBucket", "s3:DeleteBucket*", "s3:DeleteObject*", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketOwnershipControls", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration", "s3:PutEncryptionConfiguration", "s3:PutReplicationConfiguration",
        "s3:ReplicateObject", "s3:BypassGovernanceRetention",
      ]
      Resource = flatten([for bucket in local.data_buckets : [bucket, "${bucket}/*"]])
    },
    # Results of queries hold event data, but can be had again: what would show them to others is denied, and their lifecycle is not.
    { Sid = "KeepTheResultsPrivate", Effect = "Deny", Action = ["s3:PutBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPublicAccessBlock", "s3:PutBucketOwnershipControls", "s3:PutEncryptionConfiguration"], Resource = [local.results] },
    { Sid = "KeepTheTables", Effect = "Deny", Action = ["dynamodb:DeleteTable*", "dynamodb:DeleteBackup", "dynamodb:PutResourcePolicy"], Resource = "*" },
    # Made again, a delivery starts at the end of the journal and leaves a hole in the archive; a mapping reads all of it again.
    { Sid = "KeepTheReaders", Effect = "Deny", Action = ["firehose:DeleteDeliveryStream", "lambda:DeleteEventSourceMapping"], Resource = "*" },
    { Sid = "KeepTheKeys", Effect = "Deny", Action = ["kms:ScheduleKeyDeletion", "kms:Disable*", "kms:PutKeyPolicy", "kms:*Alias", "secretsmanager:DeleteSecret"], Resource = "*" },
    ], [
    # A new API has another URL, and a deleted domain name answers no request.
    for resources in [local.api_itself] : { Sid = "KeepTheApi", Effect = "Deny", Action = ["apigateway:DELETE"], Resource = resources } if length(resources) > 0
  ])

  # Not its own role, nor any policy: a workflow cannot widen what it may do.
  no_escalation = [
    { Sid = "KeepTheBoundary", Effect = "Deny", Action = ["iam:DeleteRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:*Policy*Version*", "iam:CreatePolicy", "iam:DeletePolicy"], Resource = "*" },
    { Sid = "KeepTheWorkflowsRoles", Effect = "Deny", Action = ["iam:*Role*"], Resource = ["arn:aws:iam::${var.account_id}:role/${var.prefix}-ci-*"] },
  ]
}

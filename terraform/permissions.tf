# What each function may do, besides writing its own logs and, with xray_enabled, sending traces. A test evaluates the policies against the calls that the
# functions make, and against many that they must not.

locals {
  # The key may be used only through the service that holds the data.
  through = { for service in ["dynamodb", "kinesis", "s3", "secretsmanager"] :
    service => { StringEquals = { "kms:ViaService" = "${service}.${var.region}.amazonaws.com" } }
  }

  append_fact = [
    { sid = "AppendFacts", actions = ["kinesis:PutRecord", "kinesis:PutRecords"], resources = [module.stream.arn], condition = {} },
    { sid = "EncryptFacts", actions = ["kms:GenerateDataKey"], resources = [module.encryption.key_arn], condition = local.through.kinesis },
  ]

  # Lambda reads the journal, and writes what it gives up on, with the function's own role.
  consume_journal = [
    {
      sid       = "ReadTheJournal"
      actions   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
      resources = [module.stream.arn]
      condition = {}
    },
    { sid = "DecryptFacts", actions = ["kms:Decrypt"], resources = [module.encryption.key_arn], condition = local.through.kinesis },
    { sid = "KeepGivenUpBatches", actions = ["s3:PutObject"], resources = ["${module.failures.arn}/aws/lambda/*"], condition = {} },
    { sid = "FindTheFailuresBucket", actions = ["s3:ListBucket"], resources = [module.failures.arn], condition = {} },
    { sid = "EncryptGivenUpBatches", actions = ["kms:GenerateDataKey"], resources = [module.encryption.key_arn], condition = local.through.s3 },
  ]

  read_secret = { for name, arn in { api_keys = module.secrets.api_keys_arn, target_credential = module.secrets.target_credential_arn, alarm_webhook = module.secrets.alarm_webhook_arn, otlp_headers = module.secrets.otlp_headers_arn } :
    name => [
      { sid = "ReadTheSecret", actions = ["secretsmanager:GetSecretValue"], resources = [arn], condition = {} },
      { sid = "DecryptTheSecret", actions = ["kms:Decrypt"], resources = [module.encryption.key_arn], condition = local.through.secretsmanager },
    ]
  }

  # DynamoDB calls KMS as its caller, so that each reader and writer needs kms:Decrypt.
  read_status = [
    { sid = "ReadFacts", actions = ["dynamodb:Query"], resources = [try(local.status.arn, null)], condition = {} },
    { sid = "DecryptStatus", actions = ["kms:Decrypt"], resources = [module.encryption.key_arn], condition = local.through.dynamodb },
  ]

  write_status = [
    { sid = "WriteStatus", actions = ["dynamodb:BatchWriteItem"], resources = [try(local.status.arn, null)], condition = {} },
  ]

  write_timestream = [
    { sid = "WriteRows", actions = ["timestream:WriteRecords"], resources = [try(local.timestream.table_arn, null)], condition = {} },
    # Timestream's clients look their endpoint up, and that call knows no resource.
    { sid = "FindTimestream", actions = ["timestream:DescribeEndpoints"], resources = ["*"], condition = {} },
  ]

  permissions = {
    authorize = local.read_secret.api_keys

    ingest = concat(local.append_fact, [
      { sid = "Spill", actions = ["s3:PutObject"], resources = ["${module.spill.arn}/spill/*"], condition = {} },
      { sid = "EncryptSpilled", actions = ["kms:GenerateDataKey"], resources = [module.encryption.key_arn], condition = local.through.s3 },
    ])

    health = []

    alert = [for statement in local.read_secret.alarm_webhook : statement if var.alarm_webhook_enabled]

    status = [for statement in local.read_status : statement if var.status_table != "off"]

    dispatch = concat(
      local.consume_journal,
      local.append_fact,
      # Lambda's role may encrypt objects already, for what it gives up.
      [
        { sid = "Park", actions = ["s3:PutObject"], resources = ["${module.spill.arn}/parked/*", "${module.spill.arn}/behind/*"], condition = {} },
        { sid = "BookStarts", actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources = [module.schedule.arn], condition = {} },
        # DynamoDB encrypts with a key of the table, which it asks KMS to decrypt for whoever reads or writes.
        { sid = "DecryptStarts", actions = ["kms:Decrypt"], resources = [module.encryption.key_arn], condition = local.through.dynamodb },
      ],
      [for statement in local.read_secret.target_credential : statement if var.target_credential_enabled],
    )

    recover = concat(local.append_fact, [
      { sid = "FindSpilled", actions = ["s3:ListBucket"], resources = [module.spill.arn], condition = { StringLike = { "s3:prefix" = "spill/*" } } },
      { sid = "FindParked", actions = ["s3:ListBucket"], resources = [module.spill.arn], condition = { StringLike = { "s3:prefix" = "parked/*" } } },
      { sid = "FindWhereDispatchIsBehind", actions = ["s3:ListBucket"], resources = [module.spill.arn], condition = { StringLike = { "s3:prefix" = "behind/*" } } },
      { sid = "ReadAndRemoveSpilled", actions = ["s3:GetObject", "s3:DeleteObject"], resources = ["${module.spill.arn}/spill/*", "${module.spill.arn}/parked/*"], condition = {} },
      { sid = "SetAsideUnreadable", actions = ["s3:PutObject"], resources = ["${module.spill.arn}/unreadable/*"], condition = {} },
      { sid = "DecryptSpilled", actions = ["kms:Decrypt", "kms:GenerateDataKey"], resources = [module.encryption.key_arn], condition = local.through.s3 },
    ])

    project = concat(
      local.consume_journal,
      [for statement in concat(local.read_status, local.write_status) : statement if var.status_table != "off"],
      [for statement in local.write_timestream : statement if var.timestream_enabled],
      [for statement in local.read_secret.otlp_headers : statement if var.otlp_headers_secret_enabled],
    )
  }
}

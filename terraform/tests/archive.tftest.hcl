# The two deliveries of Firehose.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix                 = "orchestrator-test"
  account_id             = "123456789012"
  region                 = "eu-west-1"
  stream_arn             = "arn:aws:kinesis:eu-west-1:123456789012:stream/journal"
  bucket_arn             = "arn:aws:s3:::archive"
  kms_key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/1"
  buffer_seconds         = 60
  buffer_mib             = 5
  curated_buffer_seconds = 300
  schema                 = { database = "archive", table = "facts_curated", renamed = { event_id = "eventId" }, arns = ["arn:aws:glue:eu-west-1:123456789012:table/archive/facts_curated"] }
  log_retention_days     = 30
  permissions_boundary   = "arn:aws:iam::123456789012:policy/boundary"
  deletion_protection    = true
}

run "deliveries" {
  command = plan
  module {
    source = "./modules/archive"
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this["facts"].extended_s3_configuration[0].prefix == "facts/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/" && aws_kinesis_firehose_delivery_stream.this["curated"].extended_s3_configuration[0].prefix == "curated/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/"
    error_message = "Objects must lie where readers and Athena's partitions look."
  }
  assert {
    condition     = alltrue([for stream in aws_kinesis_firehose_delivery_stream.this : startswith(stream.extended_s3_configuration[0].error_output_prefix, "errors/") && strcontains(stream.extended_s3_configuration[0].error_output_prefix, "!{firehose:error-output-type}")])
    error_message = "What cannot be delivered must lie apart, by kind of error."
  }
  assert {
    condition     = aws_iam_role.firehose.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" && toset(keys(terraform_data.deletion_protection)) == toset(["facts", "curated"])
    error_message = "Firehose's role has the boundary, and both delivery streams are protected: a new one leaves a hole in the archive."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this["facts"].extended_s3_configuration[0].compression_format == "GZIP"
    error_message = "Raw facts must be gzipped."
  }
  assert {
    condition     = one(aws_kinesis_firehose_delivery_stream.this["facts"].extended_s3_configuration[0].processing_configuration[0].processors).type == "AppendDelimiterToRecord"
    error_message = "Firehose joins records without a delimiter: one must be added."
  }
  assert {
    condition     = one(one(aws_kinesis_firehose_delivery_stream.this["facts"].extended_s3_configuration[0].processing_configuration[0].processors).parameters).parameter_value == "\\n"
    error_message = "The delimiter must be a newline."
  }
  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.this["curated"].extended_s3_configuration[0].data_format_conversion_configuration[0].output_format_configuration[0].serializer[0].parquet_ser_de) == 1 && aws_kinesis_firehose_delivery_stream.this["curated"].extended_s3_configuration[0].buffering_size >= 64
    error_message = "Curated facts are Parquet, for which Firehose buffers at least 64 MiB."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this["curated"].extended_s3_configuration[0].data_format_conversion_configuration[0].input_format_configuration[0].deserializer[0].open_x_json_ser_de[0].column_to_json_key_mappings == tomap({ event_id = "eventId" })
    error_message = "Columns must be filled from the keys of the facts."
  }
  assert {
    condition     = alltrue([for stream in aws_kinesis_firehose_delivery_stream.this : stream.extended_s3_configuration[0].cloudwatch_logging_options[0].enabled && stream.extended_s3_configuration[0].kms_key_arn == var.kms_key_arn && stream.kinesis_source_configuration[0].kinesis_stream_arn == var.stream_arn])
    error_message = "Both read the journal, log, and encrypt."
  }
  assert {
    condition     = jsondecode(aws_iam_role.firehose.assume_role_policy).Statement[0].Condition.StringEquals["sts:ExternalId"] == "123456789012"
    error_message = "Firehose may take the role for this account only."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.firehose.policy).Statement : !contains(statement.Resource, "*")])
    error_message = "Firehose must not be allowed anything on every resource."
  }
}

run "unprotected_deliveries" {
  command = plan
  module {
    source = "./modules/archive"
  }
  variables {
    deletion_protection = false
  }

  assert {
    condition     = length(terraform_data.deletion_protection) == 0
    error_message = "Where it is not wanted, the delivery streams can be deleted."
  }
}

# The journal.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix              = "orchestrator-test"
  mode                = "PROVISIONED"
  shard_count         = 3
  retention_hours     = 168
  kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1"
  deletion_protection = true
}

run "provisioned" {
  command = plan
  module {
    source = "./modules/stream"
  }

  assert {
    condition     = aws_kinesis_stream.journal.encryption_type == "KMS" && aws_kinesis_stream.journal.kms_key_id == var.kms_key_arn
    error_message = "The journal must be encrypted with our key."
  }
  assert {
    condition     = aws_kinesis_stream.journal.retention_period == 168 && aws_kinesis_stream.journal.shard_count == 3
    error_message = "Retention and shards must be those that were asked for."
  }
  assert {
    condition     = length(terraform_data.deletion_protection) == 1
    error_message = "The journal must be protected from deletion."
  }
}

run "on_demand" {
  command = plan
  module {
    source = "./modules/stream"
  }
  variables {
    mode                = "ON_DEMAND"
    deletion_protection = false
  }

  assert {
    condition     = aws_kinesis_stream.journal.stream_mode_details[0].stream_mode == "ON_DEMAND" && aws_kinesis_stream.journal.shard_count == null
    error_message = "AWS refuses a shard count for an on-demand stream."
  }
  assert {
    condition     = length(terraform_data.deletion_protection) == 0
    error_message = "Without protection the journal can be deleted."
  }
}

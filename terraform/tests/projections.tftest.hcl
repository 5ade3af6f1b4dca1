# Tables, workgroup, status, Timestream, and what brings spilled facts back.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "tables_and_workgroup" {
  command = plan
  module {
    source = "./modules/analytics"
  }
  variables {
    prefix              = "orchestrator-test"
    account_id          = "123456789012"
    region              = "eu-west-1"
    archive_bucket      = "archive"
    results_bucket_name = "results"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1"
    scan_limit_gib      = 10
    queries_dir         = "./no-such-folder"
  }

  assert {
    condition     = aws_glue_catalog_table.this["facts"].parameters["storage.location.template"] == "s3://archive/facts/dt=$${dt}/hh=$${hh}/" && aws_glue_catalog_table.this["facts"].parameters["projection.enabled"] == "true"
    error_message = "Partitions must be projected from the keys of the archive."
  }
  assert {
    condition     = [for key in aws_glue_catalog_table.this["facts"].partition_keys : key.name] == ["dt", "hh"]
    error_message = "The partitions are day and hour."
  }
  assert {
    condition     = [for column in aws_glue_catalog_table.this["facts"].storage_descriptor[0].columns : column.name] == [for column in jsondecode(file("./modules/analytics/facts-columns.json")) : column.name]
    error_message = "The columns must be those of facts-columns.json."
  }
  assert {
    condition     = aws_glue_catalog_table.this["facts"].storage_descriptor[0].columns == aws_glue_catalog_table.this["facts_curated"].storage_descriptor[0].columns
    error_message = "Both tables must have the same columns."
  }
  assert {
    condition     = aws_glue_catalog_table.this["facts"].storage_descriptor[0].ser_de_info[0].parameters["mapping.event_id"] == "eventId" && aws_glue_catalog_table.this["facts"].storage_descriptor[0].ser_de_info[0].parameters["case.insensitive"] == "FALSE"
    error_message = "Columns must be filled from the keys of the facts, and payloads stay as they are."
  }
  assert {
    condition     = aws_athena_workgroup.this.configuration[0].bytes_scanned_cutoff_per_query == 10737418240 && aws_athena_workgroup.this.configuration[0].enforce_workgroup_configuration
    error_message = "No query may scan more than the limit."
  }
  assert {
    condition     = aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS"
    error_message = "Results must be encrypted."
  }
  assert {
    condition     = length(aws_athena_named_query.this) == 0
    error_message = "A folder that is not there holds no queries."
  }
}

run "named_queries" {
  command = plan
  module {
    source = "./modules/analytics"
  }
  variables {
    prefix              = "orchestrator-test"
    account_id          = "123456789012"
    region              = "eu-west-1"
    archive_bucket      = "archive"
    results_bucket_name = "results"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1"
    scan_limit_gib      = 10
    queries_dir         = "./tests/fixtures"
  }

  assert {
    condition     = aws_athena_named_query.this["events-per-hour.sql"].name == "events-per-hour" && aws_athena_named_query.this["events-per-hour.sql"].description == "Events received, by hour of arrival"
    error_message = "A query is named after its file and described by its first line."
  }
}

run "status" {
  command = plan
  module {
    source = "./modules/status"
  }
  variables {
    prefix      = "orchestrator-test"
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"

    deletion_protection = true
  }

  assert {
    condition     = length(terraform_data.deletion_protection) == 1
    error_message = "The table must be protected: to write it again takes hours."
  }

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "id" && aws_dynamodb_table.this.range_key == "fact" && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "Facts must be found by event, and paid by use."
  }
  assert {
    condition     = one(aws_dynamodb_table.this.global_secondary_index).hash_key == "open" && one(aws_dynamodb_table.this.global_secondary_index).range_key == "since" && one(aws_dynamodb_table.this.global_secondary_index).projection_type == "KEYS_ONLY"
    error_message = "Open events must be found by their state."
  }
  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires"
    error_message = "Facts must expire."
  }
  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The table must be restorable, and encrypted with our key."
  }
}

run "timestream" {
  command = plan
  module {
    source = "./modules/timestream"
  }
  variables {
    prefix      = "orchestrator-test"
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
    retention   = { memory_hours = 24, magnetic_days = 365 }
  }

  assert {
    condition     = aws_timestreamwrite_table.this.schema[0].composite_partition_key[0].name == "event_id" && aws_timestreamwrite_table.this.schema[0].composite_partition_key[0].enforcement_in_record == "REQUIRED"
    error_message = "Rows must be found by event."
  }
  assert {
    condition     = aws_timestreamwrite_table.this.magnetic_store_write_properties[0].enable_magnetic_store_writes
    error_message = "Late facts must be taken."
  }
  assert {
    condition     = aws_timestreamwrite_database.this.kms_key_id == var.kms_key_arn
    error_message = "Rows must be encrypted with our key."
  }
}

run "recovery" {
  command = plan
  module {
    source = "./modules/recovery"
  }
  variables {
    prefix           = "orchestrator-test"
    account_id       = "123456789012"
    function_name    = "recover"
    function_arn     = "arn:aws:lambda:eu-west-1:123456789012:function:recover"
    spill_bucket     = "spill"
    spill_bucket_arn = "arn:aws:s3:::spill"
    schedule_minutes = 1
  }

  assert {
    condition     = one(aws_s3_bucket_notification.spill.lambda_function).filter_prefix == "spill/" && one(aws_s3_bucket_notification.spill.lambda_function).events == toset(["s3:ObjectCreated:*"])
    error_message = "A spilled fact must bring recover at once."
  }
  assert {
    condition     = length(aws_s3_bucket_notification.spill.lambda_function) == 1 && length(aws_s3_bucket_notification.spill.queue) == 0 && length(aws_s3_bucket_notification.spill.topic) == 0
    error_message = "The notification must stay on spill/: an event that is parked has to wait until it is due."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.schedule.schedule_expression == "rate(1 minute)"
    error_message = "AWS wants the singular for one minute."
  }
  assert {
    condition     = aws_lambda_permission.spill_bucket.source_account == "123456789012" && aws_lambda_permission.spill_bucket.source_arn == "arn:aws:s3:::spill"
    error_message = "Only our own bucket may call recover: a bucket's name can pass to somebody else."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.recover.maximum_retry_attempts == 0
    error_message = "The schedule is the retry."
  }
}

run "every_five_minutes" {
  command = plan
  module {
    source = "./modules/recovery"
  }
  variables {
    prefix           = "orchestrator-test"
    account_id       = "123456789012"
    function_name    = "recover"
    function_arn     = "arn:aws:lambda:eu-west-1:123456789012:function:recover"
    spill_bucket     = "spill"
    spill_bucket_arn = "arn:aws:s3:::spill"
    schedule_minutes = 5
  }

  assert {
    condition     = aws_cloudwatch_event_rule.schedule.schedule_expression == "rate(5 minutes)"
    error_message = "AWS wants the plural for more."
  }
}

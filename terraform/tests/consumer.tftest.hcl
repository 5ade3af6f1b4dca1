# The event source mappings: what decides whether an event is delivered, how often, and where it lies if not.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stream_arn                 = "arn:aws:kinesis:eu-west-1:123456789012:stream/journal"
  function_arn               = "arn:aws:lambda:eu-west-1:123456789012:function:dispatch"
  failures_bucket_arn        = "arn:aws:s3:::failures"
  batch_size                 = 1200
  batching_window_seconds    = 0
  parallelization_factor     = 2
  maximum_retry_attempts     = 100
  maximum_record_age_seconds = 518400
  filter_pattern             = "{\"data\":{\"type\":[\"received\"]}}"
  deletion_protection        = true
}

run "dispatch" {
  command = plan
  module {
    source = "./modules/consumer"
  }

  assert {
    condition     = length(terraform_data.deletion_protection) == 1
    error_message = "A mapping that is replaced forgets how far it was."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON"
    error_message = "LATEST can miss events while a mapping is made."
  }
  assert {
    condition     = tolist(aws_lambda_event_source_mapping.this.function_response_types) == tolist(["ReportBatchItemFailures"]) && aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
    error_message = "Partial responses and bisecting must be on."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 1200 && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 0 && aws_lambda_event_source_mapping.this.parallelization_factor == 2
    error_message = "Batches and lanes must be those of the settings."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this.maximum_retry_attempts == 100 && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == 518400
    error_message = "Retries must be finite, and those of the settings."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.this.destination_config[0].on_failure[0].destination_arn == "arn:aws:s3:::failures"
    error_message = "What is given up must be kept."
  }
  assert {
    condition     = one(one(aws_lambda_event_source_mapping.this.filter_criteria).filter).pattern == var.filter_pattern
    error_message = "Dispatch must see events, and never its own facts."
  }
  assert {
    condition     = tolist(aws_lambda_event_source_mapping.this.metrics_config[0].metrics) == tolist(["EventCount"])
    error_message = "Filtered and given up records must be counted."
  }
}

run "project" {
  command = plan
  module {
    source = "./modules/consumer"
  }
  variables {
    filter_pattern = null
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.filter_criteria) == 0
    error_message = "Project must see every fact."
  }
}

run "unprotected_mapping" {
  command = plan
  module {
    source = "./modules/consumer"
  }
  variables {
    deletion_protection = false
  }

  assert {
    condition     = length(terraform_data.deletion_protection) == 0
    error_message = "Where it is not wanted, the mapping can be deleted."
  }
}

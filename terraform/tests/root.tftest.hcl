# The whole: with the project's own settings, and what switches change.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment = "test"
  region      = "eu-west-1"
  target_url  = "https://target.example.com/graphql"
}

run "as_the_settings_say" {
  command = plan

  # The mocks give every table the same ARN.
  override_resource {
    target          = module.status[0].aws_dynamodb_table.this
    override_during = plan
    values          = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/events" }
  }

  assert {
    condition     = toset(keys(module.function)) == toset(["authorize", "ingest", "health", "dispatch", "recover", "project", "status"])
    error_message = "Every function must be deployed."
  }
  assert {
    condition     = output.status_table == "orchestrator-test-events" && output.project_mapping_uuid != null && output.settings.status_table == "all" && output.settings.status_table_days == 90
    error_message = "The status table is there unless it is switched off, and the commands find it."
  }
  assert {
    condition     = local.environment.project.STATUS_TABLE == output.status_table && local.environment.status.STATUS_TABLE == output.status_table && local.environment.project.STATUS_KEEPS == "all" && local.environment.project.TIMESTREAM_TABLE == ""
    error_message = "The functions must know the status table."
  }
  assert {
    condition     = { for name, statements in local.permissions : name => toset(flatten([for statement in statements : statement.actions if statement.resources == [local.status.arn]])) if contains(flatten(statements[*].resources), local.status.arn) } == { project = toset(["dynamodb:BatchWriteItem", "dynamodb:Query"]), status = toset(["dynamodb:Query"]) }
    error_message = "Project writes the status table, status reads it, and no other function may."
  }
  assert {
    condition     = output.timestream_database == null && output.timestream_table == null && output.target_credential_secret_id == null && output.otlp_headers_secret_id == null
    error_message = "What is not deployed must not be named."
  }
  assert {
    condition     = output.dispatch_mapping_uuid != null && output.athena_workgroup == "orchestrator-test" && output.glue_database == "orchestrator_test" && output.stream_name == "orchestrator-test-journal" && output.dispatch_table == "orchestrator-test-dispatch"
    error_message = "The commands find the system by these."
  }
  assert {
    condition     = local.functions.dispatch.reserved_concurrency == var.shard_count * var.dispatch_parallelization_factor
    error_message = "Dispatch must have as many environments as lanes, and no more: the rate is shared among lanes."
  }
  assert {
    condition     = local.received_only == "{\"data\":{\"type\":[\"received\"]}}"
    error_message = "Dispatch must see received facts only."
  }
  assert {
    condition     = alltrue([for rule in values(local.spill_lifecycle_rules) : try(rule.expire_days, null) == null || rule.prefix == "behind/"])
    error_message = "Spilled and parked events must not expire: each is an accepted event, which may wait for longer than straggler_max_age_hours."
  }
  assert {
    condition     = local.spill_lifecycle_rules.behind == { prefix = "behind/", expire_days = 1 }
    error_message = "Notes that dispatch is behind must go away."
  }
  assert {
    condition     = local.environment.dispatch.DISPATCH_TABLE == output.dispatch_table
    error_message = "Dispatch must know where it books its start times."
  }
  assert {
    condition     = [for statement in local.permissions.dispatch : statement.actions if statement.resources == [module.schedule.arn]] == [["dynamodb:GetItem", "dynamodb:UpdateItem"]] && !anytrue([for name, statements in local.permissions : contains(flatten(statements[*].resources), module.schedule.arn) if name != "dispatch"])
    error_message = "Dispatch, and no other function, may read and update the table's items."
  }
  assert {
    condition     = !anytrue([for name, environment in local.environment : anytrue([for key in keys(environment) : can(regex("(KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL)", key)) && !endswith(key, "_ID") && !endswith(key, "_SECONDS")])])
    error_message = "No secret may lie in a function's environment."
  }
}

run "with_spans_alone" {
  command = plan
  variables {
    status_table                = "off"
    otlp_endpoint               = "https://otlp.example.com"
    otlp_headers_secret_enabled = true
    trace_sample_ratio          = 0.1
  }

  # The mocks give every secret the same ARN.
  override_resource {
    target          = module.secrets.aws_secretsmanager_secret.otlp_headers["this"]
    override_during = plan
    values          = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:otlp" }
  }

  assert {
    condition     = contains(keys(module.function), "project") && output.project_mapping_uuid != null
    error_message = "Spans are made by project."
  }
  assert {
    condition     = local.environment.project.OTLP_URL == "https://otlp.example.com" && local.environment.project.TRACE_SAMPLE_RATIO == "0.1" && local.environment.project.SERVICE_NAME == "orchestrator-test" && local.environment.project.OTLP_HEADERS_SECRET_ID == output.otlp_headers_secret_id
    error_message = "Project must know the collector, and where its headers are."
  }
  assert {
    condition     = { for name, statements in local.permissions : name => flatten([for statement in statements : statement.actions if contains(statement.resources, output.otlp_headers_secret_id)]) if contains(flatten(statements[*].resources), output.otlp_headers_secret_id) } == { project = ["secretsmanager:GetSecretValue"] }
    error_message = "Project may read the headers, and no other function may."
  }
  assert {
    condition     = [for statement in local.permissions.project : statement.condition if statement.sid == "DecryptTheSecret"] == [local.through.secretsmanager]
    error_message = "The key may be used for the secret only through Secrets Manager."
  }
}

run "with_spans_and_no_headers" {
  command = plan
  variables {
    otlp_endpoint = "https://otlp.example.com/otlp"
  }

  assert {
    condition     = !contains(keys(local.environment.project), "OTLP_HEADERS_SECRET_ID") && !contains(flatten(local.permissions.project[*].actions), "secretsmanager:GetSecretValue") && output.otlp_headers_secret_id == null
    error_message = "Without headers there is no secret, and project may read none."
  }
}

run "without_a_status_table" {
  command = plan
  variables {
    status_table = "off"
  }

  assert {
    condition     = !contains(keys(module.function), "project") && output.status_table == null && output.project_mapping_uuid == null
    error_message = "Without a status table there is nothing to project."
  }
  assert {
    condition     = contains(keys(module.function), "status") && local.environment.status.STATUS_TABLE == "" && local.permissions.status == []
    error_message = "GET /events must answer that no event is known."
  }
}

run "with_problems_only" {
  command = plan
  variables {
    status_table = "problems"
  }

  assert {
    condition     = local.environment.project.STATUS_KEEPS == "problems" && output.status_table != null
    error_message = "Project must know which facts to keep."
  }
}

run "with_timestream_and_a_credential" {
  command = plan
  variables {
    status_table              = "off"
    timestream_enabled        = true
    target_credential_enabled = true
    shard_count               = 4
    dispatch_batch_size       = 300
  }

  assert {
    condition     = contains(keys(module.function), "project") && output.timestream_database == "orchestrator-test" && output.timestream_table == "facts" && output.project_mapping_uuid != null && local.environment.project.TIMESTREAM_TABLE == "facts"
    error_message = "With Timestream, project must be deployed."
  }
  assert {
    condition     = local.environment.dispatch.TARGET_CREDENTIAL_SECRET_ID == output.target_credential_secret_id && output.target_credential_secret_id != null
    error_message = "Dispatch must know where the credential is."
  }
  assert {
    condition     = local.functions.dispatch.reserved_concurrency == 8 && local.functions.project.reserved_concurrency == 4
    error_message = "Lanes follow the shards."
  }
}

# Every function, its role and its log group.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix               = "orchestrator-test"
  name                 = "ingest"
  artifacts_dir        = "../dist"
  description          = "Takes events"
  environment          = { STREAM_NAME = "journal" }
  timeout_seconds      = 5
  memory_mb            = 512
  reserved_concurrency = 4
  log_retention_days   = 30
  kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/1"
  permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  statements = [
    { sid = "AppendFacts", actions = ["kinesis:PutRecord"], resources = ["arn:aws:kinesis:eu-west-1:123456789012:stream/journal"] },
    { sid = "Decrypt", actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:123456789012:key/1"], condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
  ]
}

run "without_alias" {
  command = plan
  module {
    source = "./modules/function"
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "A role must have the boundary, or the workflow that deploys may not make it."
  }
  assert {
    condition     = aws_lambda_function.this.runtime == "nodejs22.x" && tolist(aws_lambda_function.this.architectures) == tolist(["arm64"]) && aws_lambda_function.this.handler == "index.handler"
    error_message = "Functions run on Node 22, arm64."
  }
  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("${var.artifacts_dir}/ingest.zip")
    error_message = "A function is deployed when its zip has changed."
  }
  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "PassThrough"
    error_message = "X-Ray costs more than it shows here: it is off unless it is asked for."
  }
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 4
    error_message = "The concurrency must be the one that protects the rate."
  }
  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/orchestrator-test-ingest" && aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
    error_message = "Logs must be where Lambda writes them, encrypted, and end."
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal == { Service = "lambda.amazonaws.com" }
    error_message = "Only Lambda may take the role."
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid if contains(statement.Resource, "*")]) == 0
    error_message = "No action may be allowed on all resources."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : alltrue([for action in statement.Action : !strcontains(action, "*")])])
    error_message = "Actions must be named one by one."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[2].Condition.StringEquals["kms:ViaService"] == "s3.eu-west-1.amazonaws.com"
    error_message = "A statement's condition must not get lost."
  }
  assert {
    condition     = length(aws_lambda_alias.live) == 0 && !aws_lambda_function.this.publish && output.live == null
    error_message = "A function that only Lambda calls needs no alias."
  }
}

run "with_warm_environments" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    has_alias               = true
    provisioned_concurrency = 5
    reserved_concurrency    = -1
    environment             = {}
  }

  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_provisioned_concurrency_config.live["live"].provisioned_concurrent_executions == 5 && aws_lambda_provisioned_concurrency_config.live["live"].qualifier == "live"
    error_message = "Warm environments belong to the alias that the API calls."
  }
  assert {
    condition     = length(aws_lambda_function.this.environment) == 0
    error_message = "AWS refuses an empty environment."
  }
}

run "with_xray" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    xray_enabled = true
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Every invocation may be traced where X-Ray is on."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid if contains(statement.Resource, "*")] == ["SendTraces"]
    error_message = "Only X-Ray, which has no resources, may be allowed on all of them."
  }
}

run "warm_environments_without_alias" {
  command = plan
  module {
    source = "./modules/function"
  }
  variables {
    provisioned_concurrency = 5
  }
  expect_failures = [var.provisioned_concurrency]
}

# What AWS would answer, known while planning, so that a plan shows whole policies and names.

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_resource "aws_kms_key" {
  override_during = plan
  defaults = {
    arn    = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    key_id = "00000000-0000-0000-0000-000000000000"
  }
}

mock_resource "aws_kinesis_stream" {
  override_during = plan
  defaults = {
    arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/journal"
  }
}

mock_resource "aws_s3_bucket" {
  override_during = plan
  defaults = {
    arn = "arn:aws:s3:::bucket"
    id  = "bucket"
  }
}

mock_resource "aws_iam_role" {
  override_during = plan
  defaults = {
    arn = "arn:aws:iam::123456789012:role/role"
    id  = "role"
  }
}

mock_resource "aws_iam_policy" {
  override_during = plan
  defaults = {
    arn = "arn:aws:iam::123456789012:policy/policy"
  }
}

mock_resource "aws_iam_openid_connect_provider" {
  override_during = plan
  defaults = {
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }
}

mock_resource "aws_sns_topic" {
  override_during = plan
  defaults = {
    arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
  }
}

mock_resource "aws_lambda_function" {
  override_during = plan
  defaults = {
    arn     = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    version = "1"
  }
}

mock_resource "aws_lambda_alias" {
  override_during = plan
  defaults = {
    arn        = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
    invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f:live/invocations"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  override_during = plan
  defaults = {
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:group"
  }
}

mock_resource "aws_cloudwatch_log_stream" {
  override_during = plan
  defaults = {
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:group:log-stream:stream"
  }
}

mock_resource "aws_secretsmanager_secret" {
  override_during = plan
  defaults = {
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf"
  }
}

mock_resource "aws_cloudwatch_event_rule" {
  override_during = plan
  defaults = {
    arn = "arn:aws:events:eu-west-1:123456789012:rule/schedule"
  }
}

mock_resource "aws_apigatewayv2_api" {
  override_during = plan
  defaults = {
    id            = "api0000000"
    execution_arn = "arn:aws:execute-api:eu-west-1:123456789012:api0000000"
  }
}

mock_resource "aws_apigatewayv2_authorizer" {
  override_during = plan
  defaults = {
    id = "auth00"
  }
}

mock_resource "aws_glue_catalog_database" {
  override_during = plan
  defaults = {
    arn = "arn:aws:glue:eu-west-1:123456789012:database/archive"
  }
}

mock_resource "aws_glue_catalog_table" {
  override_during = plan
  defaults = {
    arn = "arn:aws:glue:eu-west-1:123456789012:table/archive/facts_curated"
  }
}

mock_resource "aws_timestreamwrite_table" {
  override_during = plan
  defaults = {
    arn = "arn:aws:timestream:eu-west-1:123456789012:database/status/table/facts"
  }
}

mock_resource "aws_dynamodb_table" {
  override_during = plan
  defaults = {
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/dispatch"
  }
}

mock_resource "aws_lambda_event_source_mapping" {
  override_during = plan
  defaults = {
    uuid = "0c4a2f6e-5d3b-4b8a-9f57-6d1e2c7b8a90"
  }
}

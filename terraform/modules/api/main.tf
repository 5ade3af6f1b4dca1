# The HTTP API: POST and GET /events need a key, the health function answers everything else (it knows every path and its methods).

resource "aws_apigatewayv2_api" "this" {
  name                         = var.prefix
  description                  = "Takes events, once each"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = var.domain != null
}

resource "aws_apigatewayv2_authorizer" "api_key" {
  api_id                            = aws_apigatewayv2_api.this.id
  name                              = "api-key"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = var.authorize.invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  # Without the header the gateway answers 401 itself; with it, a verdict is kept for each key.
  identity_sources                 = ["$request.header.x-api-key"]
  authorizer_result_ttl_in_seconds = var.authorize_cache_seconds
}

locals {
  routes = {
    "POST /events"       = { function = "ingest", authorized = true }
    "GET /events"        = { function = "status", authorized = true }
    "GET /health"        = { function = "health", authorized = false }
    "GET /events/health" = { function = "health", authorized = false }
    "$default"           = { function = "health", authorized = false }
  }
  functions = { ingest = var.ingest, health = var.health, status = var.status }
}

resource "aws_apigatewayv2_integration" "function" {
  for_each = local.functions

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = each.value.invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = each.value.timeout_seconds * 1000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function[each.value.function].id}"
  authorization_type = each.value.authorized ? "CUSTOM" : "NONE"
  authorizer_id      = each.value.authorized ? aws_apigatewayv2_authorizer.api_key.id : null
}

resource "aws_lambda_permission" "route" {
  for_each = local.routes

  statement_id  = join("-", concat(["api"], regexall("[A-Za-z]+", each.key)))
  action        = "lambda:InvokeFunction"
  function_name = local.functions[each.value.function].function_name
  qualifier     = local.functions[each.value.function].qualifier
  principal     = "apigateway.amazonaws.com"
  # The star is the stage, of which there is one.
  source_arn = "${aws_apigatewayv2_api.this.execution_arn}/*/${replace(each.key, " /", "/")}"
}

resource "aws_lambda_permission" "authorizer" {
  statement_id  = "api-authorizer"
  action        = "lambda:InvokeFunction"
  function_name = var.authorize.function_name
  qualifier     = var.authorize.qualifier
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.api_key.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_rate_limit    = var.throttle.rate_per_second
    throttling_burst_limit   = var.throttle.burst
  }

  # Reads must not use the quota of POST /events.
  route_settings {
    route_key                = aws_apigatewayv2_route.this["GET /events"].route_key
    detailed_metrics_enabled = true
    throttling_rate_limit    = var.status_throttle.rate_per_second
    throttling_burst_limit   = var.status_throttle.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log_format)
  }
}

# An HTTP API has no variable for a trace id. The request's id leads to the event and its trace: its received fact holds both
# (npm run query -- request). The function's is in each of
# its log lines, and in its REPORT line with the id of X-Ray's trace, if that is on.
locals {
  access_log_format = {
    at                = "$context.requestTimeEpoch"
    requestId         = "$context.requestId"
    functionRequestId = "$context.integration.requestId"
    keyName           = "$context.authorizer.keyName"
    sourceIp          = "$context.identity.sourceIp"
    userAgent         = "$context.identity.userAgent"
    routeKey          = "$context.routeKey"
    method            = "$context.httpMethod"
    path              = "$context.path"
    status            = "$context.status"
    responseLatencyMs = "$context.responseLatency"
    functionLatencyMs = "$context.integration.latency"
    responseBytes     = "$context.responseLength"
    error             = "$context.error.message"
    integrationError  = "$context.integrationErrorMessage"
    authorizerError   = "$context.authorizer.error"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# The way in.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix                  = "orchestrator-test"
  authorize               = { function_name = "authorize", qualifier = "live", invoke_arn = "arn:authorize" }
  ingest                  = { function_name = "ingest", qualifier = "live", invoke_arn = "arn:ingest", timeout_seconds = 5 }
  health                  = { function_name = "health", qualifier = "live", invoke_arn = "arn:health", timeout_seconds = 3 }
  status                  = { function_name = "status", qualifier = "live", invoke_arn = "arn:status", timeout_seconds = 5 }
  authorize_cache_seconds = 300
  throttle                = { rate_per_second = 100, burst = 200 }
  status_throttle         = { rate_per_second = 10, burst = 20 }
  domain                  = null
  log_retention_days      = 30
  kms_key_arn             = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "routes_and_keys" {
  command = plan
  module {
    source = "./modules/api"
  }

  assert {
    condition     = toset(keys(aws_apigatewayv2_route.this)) == toset(["POST /events", "GET /events", "GET /health", "GET /events/health", "$default"])
    error_message = "The API has exactly these routes."
  }
  assert {
    condition     = [for key, route in aws_apigatewayv2_route.this : key if route.authorization_type == "CUSTOM"] == ["GET /events", "POST /events"] && aws_apigatewayv2_route.this["POST /events"].authorizer_id == "auth00"
    error_message = "Posting an event and asking for one needs a key; asking for health does not."
  }
  assert {
    condition     = aws_apigatewayv2_authorizer.api_key.enable_simple_responses && aws_apigatewayv2_authorizer.api_key.authorizer_payload_format_version == "2.0" && aws_apigatewayv2_authorizer.api_key.authorizer_result_ttl_in_seconds == 300
    error_message = "The authorizer answers simply, and its verdict is kept."
  }
  assert {
    condition     = aws_apigatewayv2_authorizer.api_key.identity_sources == toset(["$request.header.x-api-key"])
    error_message = "A verdict must be kept for its key alone."
  }
  assert {
    condition     = aws_apigatewayv2_stage.default.default_route_settings[0].throttling_rate_limit == 100 && aws_apigatewayv2_stage.default.default_route_settings[0].throttling_burst_limit == 200
    error_message = "Every route must be throttled."
  }
  assert {
    condition     = { for route in aws_apigatewayv2_stage.default.route_settings : route.route_key => [route.throttling_rate_limit, route.throttling_burst_limit] } == { "GET /events" = [10, 20] }
    error_message = "Asking for events must be throttled apart from posting them."
  }
  assert {
    condition     = alltrue([for field in ["requestId", "functionRequestId", "keyName", "status"] : contains(keys(jsondecode(aws_apigatewayv2_stage.default.access_log_settings[0].format)), field)])
    error_message = "Access logs must tell who was answered what, and lead to the function's trace."
  }
  assert {
    condition     = !strcontains(aws_apigatewayv2_stage.default.access_log_settings[0].format, "x-api-key")
    error_message = "Keys must not be logged."
  }
  assert {
    condition = { for key, permission in aws_lambda_permission.route : key => permission.source_arn } == {
      "POST /events"       = "arn:aws:execute-api:eu-west-1:123456789012:api0000000/*/POST/events"
      "GET /events"        = "arn:aws:execute-api:eu-west-1:123456789012:api0000000/*/GET/events"
      "GET /health"        = "arn:aws:execute-api:eu-west-1:123456789012:api0000000/*/GET/health"
      "GET /events/health" = "arn:aws:execute-api:eu-west-1:123456789012:api0000000/*/GET/events/health"
      "$default"           = "arn:aws:execute-api:eu-west-1:123456789012:api0000000/*/$default"
    }
    error_message = "Each route may call its own function only."
  }
  assert {
    condition     = !aws_apigatewayv2_api.this.disable_execute_api_endpoint && length(aws_apigatewayv2_domain_name.this) == 0 && length(aws_route53_record.this) == 0
    error_message = "Without a domain the API is at its own address."
  }
}

run "own_domain" {
  command = plan
  module {
    source = "./modules/api"
  }
  variables {
    domain = { name = "events.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }
  }

  assert {
    condition     = aws_apigatewayv2_domain_name.this["this"].domain_name_configuration[0].security_policy == "TLS_1_2" && aws_apigatewayv2_api.this.disable_execute_api_endpoint
    error_message = "The API must be at its domain only, over TLS 1.2."
  }
  assert {
    condition     = output.url == "https://events.example.com" && length(aws_route53_record.this) == 0
    error_message = "The URL is the domain's; without a zone its record is somebody else's."
  }
}

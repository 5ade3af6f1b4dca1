# The API's own domain name, where there is one.

locals {
  domains = var.domain == null ? {} : { this = var.domain }
  zones   = { for key, domain in local.domains : key => domain if domain.zone_id != null }
}

resource "aws_apigatewayv2_domain_name" "this" {
  for_each = local.domains

  domain_name = each.value.name
  domain_name_configuration {
    certificate_arn = each.value.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  for_each = local.domains

  api_id      = aws_apigatewayv2_api.this.id
  domain_name = aws_apigatewayv2_domain_name.this[each.key].id
  stage       = aws_apigatewayv2_stage.default.id
}

resource "aws_route53_record" "this" {
  for_each = local.zones

  zone_id = each.value.zone_id
  name    = each.value.name
  type    = "A"
  alias {
    name                   = aws_apigatewayv2_domain_name.this[each.key].domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.this[each.key].domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = false
  }
}

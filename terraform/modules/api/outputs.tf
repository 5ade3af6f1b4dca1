output "id" {
  description = "The API's id."
  value       = aws_apigatewayv2_api.this.id
}

output "url" {
  description = "Where the API is, without a slash at the end."
  value       = var.domain == null ? aws_apigatewayv2_api.this.api_endpoint : "https://${var.domain.name}"
}

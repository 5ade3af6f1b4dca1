output "api_keys_arn" {
  description = "Secret of the API keys' hashes."
  value       = aws_secretsmanager_secret.api_keys.arn
}

output "target_credential_arn" {
  description = "Secret of the target's credential; null without one."
  value       = one([for secret in aws_secretsmanager_secret.target_credential : secret.arn])
}

output "alarm_webhook_arn" {
  description = "Secret of the webhook's address; null without one."
  value       = one([for secret in aws_secretsmanager_secret.alarm_webhook : secret.arn])
}

output "otlp_headers_arn" {
  description = "Secret of the OTLP headers; null without one."
  value       = one([for secret in aws_secretsmanager_secret.otlp_headers : secret.arn])
}

# Terraform makes the secrets and never knows their values: those would lie in its state. README.md says how to set them.

resource "aws_secretsmanager_secret" "api_keys" {
  name                    = "${var.prefix}/api-keys"
  description             = "JSON object: a name for each accepted API key, and the key's SHA-256 in hex"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret" "target_credential" {
  for_each = toset(var.target_credential_enabled ? ["this"] : [])

  name                    = "${var.prefix}/target-credential"
  description             = "JSON object: the HTTP headers that go with every request to the target"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret" "alarm_webhook" {
  for_each = toset(var.alarm_webhook_enabled ? ["this"] : [])

  name                    = "${var.prefix}/alarm-webhook"
  description             = "JSON object: url, the address of a Slack-compatible webhook that gets the alarms"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret" "otlp_headers" {
  for_each = toset(var.otlp_headers_enabled ? ["this"] : [])

  name                    = "${var.prefix}/otlp-headers"
  description             = "JSON object: the HTTP headers that go with every request to the collector of traces"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the secrets."
  type        = string
}

variable "target_credential_enabled" {
  description = "Whether the target wants a credential."
  type        = bool
}

variable "alarm_webhook_enabled" {
  description = "Whether alarms are posted to a webhook."
  type        = bool
}

variable "otlp_headers_enabled" {
  description = "Whether the collector of traces wants headers."
  type        = bool
}

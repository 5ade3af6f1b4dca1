variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "authorize" {
  description = "The authorizer's alias."
  type        = object({ function_name = string, qualifier = string, invoke_arn = string })
}

variable "ingest" {
  description = "The alias that takes events."
  type        = object({ function_name = string, qualifier = string, invoke_arn = string, timeout_seconds = number })
}

variable "health" {
  description = "The alias that answers everything else."
  type        = object({ function_name = string, qualifier = string, invoke_arn = string, timeout_seconds = number })
}

variable "status" {
  description = "The alias that says where an event stands."
  type        = object({ function_name = string, qualifier = string, invoke_arn = string, timeout_seconds = number })
}

variable "authorize_cache_seconds" {
  description = "How long a verdict for a key is kept, in seconds."
  type        = number
}

variable "throttle" {
  description = "Requests per second and burst, for everybody together."
  type        = object({ rate_per_second = number, burst = number })
}

variable "status_throttle" {
  description = "The same for GET /events, counted apart."
  type        = object({ rate_per_second = number, burst = number })
}

variable "domain" {
  description = "The API's own domain name; null for none."
  type        = object({ name = string, certificate_arn = string, zone_id = optional(string) })
}

variable "log_retention_days" {
  description = "How long access logs are kept, in days."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts the access logs."
  type        = string
}

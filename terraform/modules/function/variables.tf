variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "name" {
  description = "The function's name, which is also that of its zip."
  type        = string
}

variable "description" {
  description = "What it does, in a few words."
  type        = string
}

variable "artifacts_dir" {
  description = "Folder of the zips."
  type        = string
}

variable "environment" {
  description = "Its environment variables. No secrets: those are read from Secrets Manager."
  type        = map(string)
  default     = {}
}

variable "statements" {
  description = "What it may do, besides writing its logs and, with xray_enabled, sending traces."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    condition = optional(map(map(string)), {})
  }))
  default = []
}

variable "timeout_seconds" {
  description = "Timeout, in seconds."
  type        = number
}

variable "memory_mb" {
  description = "Memory, in MB."
  type        = number
}

variable "reserved_concurrency" {
  description = "Most environments at once, taken from the account's; -1 for no limit of its own."
  type        = number
  default     = -1
}

variable "has_alias" {
  description = "Whether callers use the alias live, which changes to a new version in one step."
  type        = bool
  default     = false
}

variable "provisioned_concurrency" {
  description = "Environments kept warm; needs the alias."
  type        = number
  default     = 0

  validation {
    condition     = var.provisioned_concurrency == 0 || var.has_alias
    error_message = "Provisioned concurrency belongs to an alias: set has_alias."
  }
}

variable "xray_enabled" {
  description = "Whether X-Ray traces its invocations."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "How long its logs are kept, in days."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts its logs."
  type        = string
}

variable "permissions_boundary" {
  description = "The most that the role may do, as terraform/bootstrap made it."
  type        = string
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "mode" {
  description = "PROVISIONED or ON_DEMAND."
  type        = string
}

variable "shard_count" {
  description = "Shards of a provisioned stream."
  type        = number
}

variable "retention_hours" {
  description = "How long the journal keeps a fact, in hours."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts the facts."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the journal."
  type        = bool
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the items."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the table."
  type        = bool
}

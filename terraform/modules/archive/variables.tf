variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "account_id" {
  description = "The account for which Firehose may assume its role."
  type        = string
}

variable "region" {
  description = "The region whose services may use the key."
  type        = string
}

variable "stream_arn" {
  description = "The journal."
  type        = string
}

variable "bucket_arn" {
  description = "The archive's bucket."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects and logs."
  type        = string
}

variable "buffer_seconds" {
  description = "An object of facts/ closes after this time, in seconds."
  type        = number
}

variable "buffer_mib" {
  description = "An object of facts/ closes at this size, in MiB."
  type        = number
}

variable "curated_buffer_seconds" {
  description = "A Parquet file closes after this time, in seconds."
  type        = number
}

variable "schema" {
  description = "The Glue table whose columns the Parquet files have, the JSON keys of those that are named otherwise, and the ARNs of its catalog, database and itself."
  type        = object({ database = string, table = string, renamed = map(string), arns = list(string) })
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "permissions_boundary" {
  description = "The most that the role may do, as terraform/bootstrap made it."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the delivery streams."
  type        = bool
}

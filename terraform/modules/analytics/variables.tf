variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "account_id" {
  description = "The account that owns the results."
  type        = string
}

variable "archive_bucket" {
  description = "Name of the archive's bucket."
  type        = string
}

variable "results_bucket_name" {
  description = "Name of the bucket for results of queries."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts results."
  type        = string
}

variable "scan_limit_gib" {
  description = "Most that one query may scan, in GiB."
  type        = number
}

variable "queries_dir" {
  description = "Folder of *.sql files, each a named query; the first line of each, a comment, describes it."
  type        = string
}

variable "first_day" {
  description = "The day from which on partitions can be queried."
  type        = string
  default     = "2025-01-01"
}

variable "region" {
  description = "The region of the Glue catalog."
  type        = string
}

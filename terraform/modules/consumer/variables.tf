variable "stream_arn" {
  description = "The journal."
  type        = string
}

variable "function_arn" {
  description = "The function that gets the batches."
  type        = string
}

variable "failures_bucket_arn" {
  description = "Bucket for batches that Lambda gives up on. The function's role writes there."
  type        = string
}

variable "batch_size" {
  description = "Most records in a batch."
  type        = number
}

variable "batching_window_seconds" {
  description = "How long Lambda gathers records for a batch, in seconds."
  type        = number
}

variable "parallelization_factor" {
  description = "Lanes per shard."
  type        = number
}

variable "maximum_retry_attempts" {
  description = "How often a batch that makes no progress is repeated."
  type        = number
}

variable "maximum_record_age_seconds" {
  description = "Age at which a record is given up, in seconds."
  type        = number
}

variable "filter_pattern" {
  description = "Which records are delivered; null for all."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the mapping."
  type        = bool
}

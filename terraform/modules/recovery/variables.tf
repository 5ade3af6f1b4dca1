variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "account_id" {
  description = "The account that owns the bucket."
  type        = string
}

variable "function_name" {
  description = "Name of recover."
  type        = string
}

variable "function_arn" {
  description = "ARN of recover."
  type        = string
}

variable "spill_bucket" {
  description = "Name of the spill bucket."
  type        = string
}

variable "spill_bucket_arn" {
  description = "ARN of the spill bucket."
  type        = string
}

variable "schedule_minutes" {
  description = "How often to look, in minutes."
  type        = number
}

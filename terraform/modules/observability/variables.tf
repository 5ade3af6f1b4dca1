variable "prefix" {
  description = "Start of every name, and the namespace of our own metrics."
  type        = string
}

variable "account_id" {
  description = "The account whose alarms may publish."
  type        = string
}

variable "region" {
  description = "The region of the dashboard's metrics."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts what the topic holds."
  type        = string
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
}

variable "webhook_function" {
  description = "The function that posts alarms to a webhook; null without one."
  type        = object({ name = string, arn = string })
  default     = null
}

variable "functions" {
  description = "Name of each function, by what it does."
  type        = map(string)
}

variable "api_id" {
  description = "The API."
  type        = string
}

variable "stream_name" {
  description = "The journal."
  type        = string
}

variable "failures_bucket" {
  description = "Where Lambda writes what it gives up."
  type        = string
}

variable "rate_per_second" {
  description = "The target's limit, which the dashboard shows beside the rate that is used."
  type        = number
}

variable "delivery_streams" {
  description = "Firehose delivery streams, by what they write."
  type        = map(string)
}

variable "iterator_age_minutes" {
  description = "How long an event may wait for its delivery before somebody is told, in minutes."
  type        = number
}

variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "account_id" {
  description = "The account, whose administrators decide by IAM who uses the key."
  type        = string
}

variable "region" {
  description = "The region whose logs are encrypted."
  type        = string
}

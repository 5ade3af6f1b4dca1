variable "prefix" {
  description = "Start of the names of what is deployed."
  type        = string
}

variable "account_id" {
  description = "The account that is deployed to."
  type        = string
}

variable "region" {
  description = "The region that is deployed to."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, whose outputs the commands read."
  type        = string
}

variable "state_key" {
  description = "The state's object."
  type        = string
}

variable "state_kms_key_arn" {
  description = "Key that encrypts the state."
  type        = string
}

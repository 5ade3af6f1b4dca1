variable "prefix" {
  description = "Start of the names of what is deployed."
  type        = string
}

variable "environment" {
  description = "The GitHub environment whose jobs deploy."
  type        = string
}

variable "repository" {
  description = "GitHub repository, owner/name."
  type        = string
}

variable "oidc_provider_arn" {
  description = "The account's OIDC provider for GitHub."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "region" {
  description = "The region that is deployed to."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
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

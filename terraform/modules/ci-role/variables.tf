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

variable "repository_id" {
  description = "The repository's id at GitHub, which stays when it is renamed."
  type        = string
}

variable "repository_owner_id" {
  description = "The id of the repository's owner at GitHub, which is part of the newer form of a token's subject."
  type        = string
}

variable "boundary_arn" {
  description = "Permissions boundary of every role that is deployed."
  type        = string
}

variable "read_facts" {
  description = "The statements of the auditing role, from modules/people."
  type        = any
}

variable "api_id" {
  description = "The deployed API; null until there is one, and then the workflows can neither read nor change it."
  type        = string
  default     = null
}

variable "domain" {
  description = "The API's own domain name, if it has one, and the Route 53 zone of its record, if Terraform makes that."
  type        = object({ name = string, zone_id = optional(string) })
  default     = null
}

variable "deployed_roles" {
  description = "The roles that are deployed: one for each function, and Firehose's. The names follow the prefix."
  type        = list(string)
  default     = ["authorize", "ingest", "health", "dispatch", "recover", "project", "status", "alert", "firehose"]
}

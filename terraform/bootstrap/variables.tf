variable "name" {
  description = "First part of every name, as in the root."
  type        = string
  default     = "orchestrator"
}

variable "environment" {
  description = "Second part of every name, as in the root, and the GitHub environment whose jobs deploy."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "repository" {
  description = "GitHub repository (owner/name) whose workflows deploy; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.repository == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name: a pattern would let other repositories deploy."
  }
}

variable "oidc_provider_arn" {
  description = "The account's OIDC provider for GitHub, if it has one already (an account can have only one)."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the state's bucket."
  type        = bool
  default     = true
}

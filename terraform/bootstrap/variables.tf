variable "name" {
  description = "First part of every name, as in the root."
  type        = string
  default     = "orchestrator"
}

variable "environment" {
  description = "Second part of every name, as in the root, and the GitHub environment whose jobs deploy."
  type        = string

  validation {
    condition     = contains(["default", var.environment], terraform.workspace)
    error_message = "This workspace holds another environment: terraform workspace select ${var.environment}."
  }
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

  validation {
    condition     = var.repository == null || (var.repository_id != null && var.repository_owner_id != null)
    error_message = "A repository needs repository_id and repository_owner_id: gh api repos/OWNER/NAME --jq '.id, .owner.id'. A name can be taken over by others, an id cannot."
  }
}

variable "repository_id" {
  description = "The repository's id, which stays when it is renamed: gh api repos/OWNER/NAME --jq .id"
  type        = string
  default     = null

  validation {
    condition     = var.repository_id == null || can(regex("^[0-9]+$", var.repository_id))
    error_message = "repository_id must be a number."
  }
}

variable "repository_owner_id" {
  description = "The id of the repository's owner, which is part of the newer form of a token's subject: gh api repos/OWNER/NAME --jq .owner.id"
  type        = string
  default     = null

  validation {
    condition     = var.repository_owner_id == null || can(regex("^[0-9]+$", var.repository_owner_id))
    error_message = "repository_owner_id must be a number."
  }
}

variable "api_id" {
  description = "The deployed API, once it is there (terraform output api_id in the root); null until then. Without it the workflows can neither plan nor deploy."
  type        = string
  default     = null

  validation {
    condition     = var.api_id == null || can(regex("^[a-z0-9]+$", var.api_id))
    error_message = "api_id must be the id alone: a pattern would let the workflows change other APIs."
  }
}

variable "domain" {
  description = "The domain of the root, if it has one: the workflows may then change that domain name and, with a zone, its records."
  type        = object({ name = string, zone_id = optional(string) })
  default     = null
}

variable "oidc_provider_arn" {
  description = "The account's OIDC provider for GitHub, if it has one already (an account can have only one): the second environment in an account needs it."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the state's bucket."
  type        = bool
  default     = true
}

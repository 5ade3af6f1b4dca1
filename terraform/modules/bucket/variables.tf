variable "name" {
  description = "Name of the bucket."
  type        = string

  validation {
    condition     = length(var.name) <= 63
    error_message = "A bucket's name has at most 63 characters."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects."
  type        = string
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the bucket, and any bucket with objects in it."
  type        = bool
}

variable "object_lock_days" {
  description = "For how many days nobody may delete an object, not even the account's owner; 0 for no lock."
  type        = number
  default     = 0
}

variable "noncurrent_days" {
  description = "How long what was deleted or overwritten can be restored, in days."
  type        = number
  default     = 30
}

variable "lifecycle_rules" {
  description = "By name: the prefix, the storage class after how many days, and when objects expire."
  type = map(object({
    prefix      = string
    tiers       = optional(map(number), {})
    expire_days = optional(number)
  }))
  default = {}
}

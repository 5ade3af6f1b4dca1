variable "prefix" {
  description = "Start of every name."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the rows."
  type        = string
}

variable "retention" {
  description = "How long rows are kept in the memory store, in hours, and in the magnetic store, in days."
  type        = object({ memory_hours = number, magnetic_days = number })
}

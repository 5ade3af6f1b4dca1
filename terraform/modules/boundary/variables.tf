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

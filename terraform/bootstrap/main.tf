# Per account and environment, by a person: the bucket of Terraform's state, the permissions boundary of what is deployed, the policies for
# people and, with a repository, the roles of its workflows. Its own state stays with that person, in a workspace for
# each environment, or is moved into the bucket afterwards.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = var.name, Environment = var.environment, ManagedBy = "terraform bootstrap" }
  }
}

data "aws_caller_identity" "current" {}

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  state_key  = "${local.prefix}/terraform.tfstate"
}

resource "aws_kms_key" "state" {
  description             = "Terraform's state of ${local.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_alias" "state" {
  name          = "alias/${local.prefix}-state"
  target_key_id = aws_kms_key.state.key_id
}

module "state" {
  source = "../modules/bucket"

  name                = "${local.prefix}-terraform-${local.account_id}"
  kms_key_arn         = aws_kms_key.state.arn
  deletion_protection = var.deletion_protection
  noncurrent_days     = 365
}

module "boundary" {
  source = "../modules/boundary"

  prefix     = local.prefix
  account_id = local.account_id
  region     = var.region
}

module "people" {
  source = "../modules/people"

  prefix            = local.prefix
  account_id        = local.account_id
  region            = var.region
  state_bucket      = module.state.name
  state_key         = local.state_key
  state_kms_key_arn = aws_kms_key.state.arn
}

resource "aws_iam_openid_connect_provider" "github" {
  for_each = toset(var.repository != null && var.oidc_provider_arn == null ? ["this"] : [])

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

module "ci_role" {
  source   = "../modules/ci-role"
  for_each = toset(var.repository == null ? [] : ["this"])

  prefix      = local.prefix
  environment = var.environment
  repository  = var.repository

  repository_id       = var.repository_id
  repository_owner_id = var.repository_owner_id
  oidc_provider_arn   = coalesce(var.oidc_provider_arn, one([for provider in aws_iam_openid_connect_provider.github : provider.arn]))
  account_id          = local.account_id
  region              = var.region
  state_bucket        = module.state.name
  state_key           = local.state_key
  state_kms_key_arn   = aws_kms_key.state.arn
  boundary_arn        = module.boundary.arn
  read_facts          = module.people.read_facts
  api_id              = var.api_id
  domain              = var.domain
}

# Every bucket: archive, spill, failures, results, and the one of Terraform's state.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                = "orchestrator-test-archive-123456789012"
  kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1"
  deletion_protection = true
  lifecycle_rules = {
    facts = { prefix = "facts/", tiers = { STANDARD_IA = 30, GLACIER_IR = 180 } }
  }
}

run "private_and_kept" {
  command = plan
  module {
    source = "./modules/bucket"
  }

  assert {
    condition     = alltrue([for flag in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] : aws_s3_bucket_public_access_block.this[flag]])
    error_message = "Public access must be blocked in all four ways."
  }
  assert {
    condition     = one(aws_s3_bucket_ownership_controls.this.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs must be off."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
    error_message = "Objects must be encrypted with our key."
  }
  assert {
    condition     = one(aws_s3_bucket_versioning.this.versioning_configuration).status == "Enabled"
    error_message = "What is overwritten must stay restorable."
  }
  assert {
    condition = anytrue([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false" && length(statement.Resource) == 2
    ])
    error_message = "Plain HTTP must be denied, to the bucket and its objects."
  }
  assert {
    condition     = !aws_s3_bucket.this.force_destroy && length(terraform_data.deletion_protection) == 1
    error_message = "A protected bucket must not be deleted, least of all with objects in it."
  }
  assert {
    condition     = !aws_s3_bucket.this.object_lock_enabled && length(aws_s3_bucket_object_lock_configuration.this) == 0
    error_message = "No object lock unless it is asked for: recover deletes what it has appended."
  }
  assert {
    condition     = toset([for transition in aws_s3_bucket_lifecycle_configuration.this.rule[1].transition : "${transition.storage_class} ${transition.days}"]) == toset(["STANDARD_IA 30", "GLACIER_IR 180"])
    error_message = "Facts must move to cheaper tiers."
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this.rule[1].expiration) == 0
    error_message = "Facts must never expire unless that is asked for."
  }
}

run "locked" {
  command = plan
  module {
    source = "./modules/bucket"
  }
  variables {
    object_lock_days    = 365
    deletion_protection = false
  }

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled && aws_s3_bucket_object_lock_configuration.this["this"].rule[0].default_retention[0].days == 365
    error_message = "Objects must be locked for the days that were asked for."
  }
  assert {
    condition     = aws_s3_bucket.this.force_destroy && length(terraform_data.deletion_protection) == 0
    error_message = "Without protection the bucket can be taken down."
  }
}

run "a_name_that_s3_refuses" {
  command = plan
  module {
    source = "./modules/bucket"
  }
  variables {
    name = "a-name-that-is-longer-than-the-sixty-three-characters-s3-allows-for-one"
  }
  expect_failures = [var.name]
}

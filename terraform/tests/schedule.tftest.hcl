# The table in which dispatch books its start times.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix              = "orchestrator-test"
  kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1"
  deletion_protection = true
}

run "protected" {
  command = plan
  module {
    source = "./modules/schedule"
  }

  assert {
    condition     = output.name == "orchestrator-test-dispatch"
    error_message = "The deploying role may manage the table by this name only."
  }
  assert {
    condition     = aws_dynamodb_table.this.hash_key == "id" && aws_dynamodb_table.this.range_key == null && [for attribute in aws_dynamodb_table.this.attribute : "${attribute.name}: ${attribute.type}"] == ["id: S"]
    error_message = "Dispatch finds an item by its id, a string."
  }
  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "An idle table must cost nothing."
  }
  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    error_message = "The items must be encrypted with our key."
  }
  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "The table must be restorable."
  }
  assert {
    condition     = length(terraform_data.deletion_protection) == 1
    error_message = "The table must be protected from deletion."
  }
}

run "unprotected" {
  command = plan
  module {
    source = "./modules/schedule"
  }
  variables {
    deletion_protection = false
  }

  assert {
    condition     = length(terraform_data.deletion_protection) == 0
    error_message = "Without protection the table can be deleted."
  }
}

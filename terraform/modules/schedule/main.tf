# When the next call to the target may start, for all environments of dispatch: each books its start times here before it sends.
# An item is smaller than 1 KB, and there are only a few.

resource "aws_dynamodb_table" "this" {
  name         = "${var.prefix}-dispatch"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled = true
  }
}

# DynamoDB has a deletion protection of its own, but it fails only at apply, when the rest of the plan is half done. This refuses the
# plan, as for the journal and the buckets.
resource "terraform_data" "deletion_protection" {
  count            = var.deletion_protection ? 1 : 0
  triggers_replace = [aws_dynamodb_table.this.arn]

  lifecycle {
    prevent_destroy = true
  }
}

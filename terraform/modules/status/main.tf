# Every fact of an event under its id, without payload, for looking one event up. A projection: it can be written again from the archive.

resource "aws_dynamodb_table" "this" {
  name         = "${var.prefix}-events"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  range_key    = "fact"

  attribute {
    name = "id"
    type = "S"
  }

  attribute {
    name = "fact"
    type = "S"
  }

  attribute {
    name = "open"
    type = "S"
  }

  attribute {
    name = "since"
    type = "S"
  }

  # Only the items of events that are parked or dead-lettered have the attribute "open": a state and one of eight shards.
  global_secondary_index {
    name            = "open"
    hash_key        = "open"
    range_key       = "since"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    enabled        = true
    attribute_name = "expires"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled = true
  }
}

# It can be written again, which for a large archive takes hours. See modules/bucket.
resource "terraform_data" "deletion_protection" {
  count            = var.deletion_protection ? 1 : 0
  triggers_replace = [aws_dynamodb_table.this.arn]

  lifecycle {
    prevent_destroy = true
  }
}

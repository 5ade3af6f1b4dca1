# The journal: every fact is appended here, and every other store is a projection of it.

resource "aws_kinesis_stream" "journal" {
  name             = "${var.prefix}-journal"
  shard_count      = var.mode == "PROVISIONED" ? var.shard_count : null
  retention_period = var.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = var.kms_key_arn

  stream_mode_details {
    stream_mode = var.mode
  }
}

# See modules/bucket: AWS has no deletion protection for a stream either.
resource "terraform_data" "deletion_protection" {
  count            = var.deletion_protection ? 1 : 0
  triggers_replace = [aws_kinesis_stream.journal.arn]

  lifecycle {
    prevent_destroy = true
  }
}

# A function that Lambda calls with batches of the journal. What it gives up on goes whole to the failures bucket.

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = var.stream_arn
  function_name    = var.function_arn

  # LATEST can miss facts that arrive while the mapping is made.
  starting_position = "TRIM_HORIZON"

  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batching_window_seconds
  parallelization_factor             = var.parallelization_factor
  maximum_retry_attempts             = var.maximum_retry_attempts
  maximum_record_age_in_seconds      = var.maximum_record_age_seconds

  # The function reports from where on to deliver again; only one that crashed tells nothing, and then its batch is halved
  # until the record that crashes it is alone.
  function_response_types        = ["ReportBatchItemFailures"]
  bisect_batch_on_function_error = true

  dynamic "filter_criteria" {
    for_each = var.filter_pattern == null ? [] : [var.filter_pattern]
    content {
      filter {
        pattern = filter_criteria.value
      }
    }
  }

  destination_config {
    on_failure {
      destination_arn = var.failures_bucket_arn
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  # Whether it is paused is the operator's to say: a deployment leaves it as it is.
  lifecycle {
    ignore_changes = [enabled]
  }
}

# A mapping that is made again forgets how far it was, and reads the whole journal anew. See modules/bucket.
resource "terraform_data" "deletion_protection" {
  count            = var.deletion_protection ? 1 : 0
  triggers_replace = [aws_lambda_event_source_mapping.this.uuid]

  lifecycle {
    prevent_destroy = true
  }
}

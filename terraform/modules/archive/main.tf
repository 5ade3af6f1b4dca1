# Two deliveries from the journal: the facts as they are (facts/, what replay, audit and trace read), and the same as Parquet
# (curated/, for analysts). Both are projections; the Parquet one can be made again from facts/.

locals {
  partition = "dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/"

  deliveries = {
    facts = {
      prefix       = "facts/${local.partition}"
      error_prefix = "errors/facts/!{firehose:error-output-type}/${local.partition}"
      seconds      = var.buffer_seconds
      mib          = var.buffer_mib
      compression  = "GZIP"
    }
    curated = {
      prefix       = "curated/${local.partition}"
      error_prefix = "errors/curated/!{firehose:error-output-type}/${local.partition}"
      seconds      = var.curated_buffer_seconds
      mib          = 64             # the least that record format conversion takes
      compression  = "UNCOMPRESSED" # Parquet compresses by itself
    }
  }
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  for_each = local.deliveries

  name        = "${var.prefix}-${each.key}"
  destination = "extended_s3"

  kinesis_source_configuration {
    kinesis_stream_arn = var.stream_arn
    role_arn           = aws_iam_role.firehose.arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = var.bucket_arn
    prefix              = each.value.prefix
    error_output_prefix = each.value.error_prefix
    buffering_interval  = each.value.seconds
    buffering_size      = each.value.mib
    compression_format  = each.value.compression
    kms_key_arn         = var.kms_key_arn

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose[each.key].name
    }

    # Facts have no delimiter of their own, and Firehose joins records as they are.
    dynamic "processing_configuration" {
      for_each = each.key == "facts" ? ["newline"] : []
      content {
        enabled = true
        processors {
          type = "AppendDelimiterToRecord"
          parameters {
            parameter_name  = "Delimiter"
            parameter_value = "\\n"
          }
        }
      }
    }

    dynamic "data_format_conversion_configuration" {
      for_each = each.key == "curated" ? ["parquet"] : []
      content {
        input_format_configuration {
          deserializer {
            open_x_json_ser_de {
              case_insensitive            = false
              column_to_json_key_mappings = var.schema.renamed
            }
          }
        }
        output_format_configuration {
          serializer {
            parquet_ser_de {}
          }
        }
        schema_configuration {
          role_arn      = aws_iam_role.firehose.arn
          database_name = var.schema.database
          table_name    = var.schema.table
        }
      }
    }
  }

  # Firehose tries out its role when it is made.
  depends_on = [aws_iam_role_policy.firehose]
}

# A delivery stream that is made again starts at the end of the journal: what came in between is missing from the archive. See modules/bucket.
resource "terraform_data" "deletion_protection" {
  for_each         = var.deletion_protection ? local.deliveries : {}
  triggers_replace = [aws_kinesis_firehose_delivery_stream.this[each.key].arn]

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "firehose" {
  name              = "/aws/kinesisfirehose/${var.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each = local.deliveries

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

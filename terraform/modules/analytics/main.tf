# SQL over the archive. Partitions are projected, not catalogued: a new hour can be queried at once, and nothing crawls.

locals {
  # Generated from lib/archive/columns.ts; key is the name in the fact's JSON.
  columns = jsondecode(file("${path.module}/facts-columns.json"))
  renamed = { for column in local.columns : column.name => column.key if column.name != column.key }

  tables = {
    facts = {
      description   = "Every fact as it was appended; may hold one twice"
      location      = "s3://${var.archive_bucket}/facts/"
      input_format  = "org.apache.hadoop.mapred.TextInputFormat"
      output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
      serde         = "org.openx.data.jsonserde.JsonSerDe"
      # By default the SerDe writes a payload's keys in lower case, and refuses one with two keys of the same letters.
      parameters = merge(
        { "ignore.malformed.json" = "TRUE", "case.insensitive" = "FALSE" },
        { for name, key in local.renamed : "mapping.${name}" => key },
      )
      format = "json"
    }
    facts_curated = {
      description   = "The same as Parquet, a few minutes later: cheaper to query"
      location      = "s3://${var.archive_bucket}/curated/"
      input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
      output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
      serde         = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      parameters    = { "serialization.format" = "1" }
      format        = "parquet"
    }
  }
}

resource "aws_glue_catalog_database" "this" {
  name        = replace(var.prefix, "-", "_")
  description = "The archive of ${var.prefix}"
}

resource "aws_glue_catalog_table" "this" {
  for_each = local.tables

  name          = each.key
  description   = each.value.description
  database_name = aws_glue_catalog_database.this.name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                    = "TRUE"
    classification              = each.value.format
    "projection.enabled"        = "true"
    "projection.dt.type"        = "date"
    "projection.dt.format"      = "yyyy-MM-dd"
    "projection.dt.range"       = "${var.first_day},NOW"
    "projection.hh.type"        = "integer"
    "projection.hh.range"       = "0,23"
    "projection.hh.digits"      = "2"
    "storage.location.template" = "${each.value.location}dt=$${dt}/hh=$${hh}/"
  }

  partition_keys {
    name    = "dt"
    type    = "string"
    comment = "Day of arrival, UTC"
  }
  partition_keys {
    name    = "hh"
    type    = "string"
    comment = "Hour of arrival, UTC"
  }

  storage_descriptor {
    location      = each.value.location
    input_format  = each.value.input_format
    output_format = each.value.output_format

    ser_de_info {
      serialization_library = each.value.serde
      parameters            = each.value.parameters
    }

    dynamic "columns" {
      for_each = local.columns
      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }
}

module "results" {
  source = "../bucket"

  name                = var.results_bucket_name
  kms_key_arn         = var.kms_key_arn
  deletion_protection = false # results can be had again
  noncurrent_days     = 1
  lifecycle_rules     = { results = { prefix = "", expire_days = 30 } }
}

resource "aws_athena_workgroup" "this" {
  name          = var.prefix
  description   = "Queries of the archive"
  force_destroy = true # its history of queries is no data

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = floor(var.scan_limit_gib * pow(1024, 3))

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }
    result_configuration {
      output_location       = "s3://${module.results.name}/"
      expected_bucket_owner = var.account_id
      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = fileset(var.queries_dir, "*.sql")

  name        = trimsuffix(each.key, ".sql")
  description = trimspace(trimprefix(split("\n", file("${var.queries_dir}/${each.key}"))[0], "--"))
  workgroup   = aws_athena_workgroup.this.name
  database    = aws_glue_catalog_database.this.name
  query       = file("${var.queries_dir}/${each.key}")
}

# Facts as rows in Timestream, for accounts that have it. Write-only: nothing here reads them, and they can be written again from the archive.

resource "aws_timestreamwrite_database" "this" {
  database_name = var.prefix
  kms_key_id    = var.kms_key_arn
}

resource "aws_timestreamwrite_table" "this" {
  database_name = aws_timestreamwrite_database.this.database_name
  table_name    = "facts"

  retention_properties {
    memory_store_retention_period_in_hours  = var.retention.memory_hours
    magnetic_store_retention_period_in_days = var.retention.magnetic_days
  }

  # Facts of a replay, or of a journal read again, are older than the memory store.
  magnetic_store_write_properties {
    enable_magnetic_store_writes = true
  }

  schema {
    composite_partition_key {
      type                  = "DIMENSION"
      name                  = "event_id"
      enforcement_in_record = "REQUIRED"
    }
  }
}

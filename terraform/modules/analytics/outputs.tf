output "database" {
  description = "The Glue database."
  value       = aws_glue_catalog_database.this.name
}

output "workgroup" {
  description = "The Athena workgroup."
  value       = aws_athena_workgroup.this.name
}

output "curated_schema" {
  description = "The table whose columns Parquet files have, the JSON keys of those that are named otherwise, and the ARNs that reading it needs: those of its catalog, database and itself."
  value = {
    renamed  = local.renamed
    database = aws_glue_catalog_database.this.name
    table    = aws_glue_catalog_table.this["facts_curated"].name
    arns = [
      "arn:aws:glue:${var.region}:${var.account_id}:catalog",
      aws_glue_catalog_database.this.arn,
      aws_glue_catalog_table.this["facts_curated"].arn,
    ]
  }
}

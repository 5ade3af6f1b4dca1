output "database" {
  description = "The Timestream database."
  value       = aws_timestreamwrite_database.this.database_name
}

output "table" {
  description = "The Timestream table."
  value       = aws_timestreamwrite_table.this.table_name
}

output "table_arn" {
  description = "The table's ARN."
  value       = aws_timestreamwrite_table.this.arn
}

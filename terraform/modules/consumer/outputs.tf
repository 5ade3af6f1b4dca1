output "mapping_uuid" {
  description = "Identifies the event source mapping, to pause and resume it."
  value       = aws_lambda_event_source_mapping.this.uuid
}

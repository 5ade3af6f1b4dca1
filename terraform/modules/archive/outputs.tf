output "delivery_streams" {
  description = "The delivery streams' names, by what they write."
  value       = { for key, stream in aws_kinesis_firehose_delivery_stream.this : key => stream.name }
}

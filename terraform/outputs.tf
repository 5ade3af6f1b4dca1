# What the commands need to find the system: terraform output -json > stack.json

output "api_url" {
  description = "Where events are posted: <api_url>/events."
  value       = module.api.url
}

output "api_id" {
  description = "The API, which terraform/bootstrap lets the workflows change."
  value       = module.api.id
}

output "region" {
  description = "AWS region."
  value       = var.region
}

output "stream_name" {
  description = "The journal."
  value       = module.stream.name
}

output "archive_bucket" {
  description = "facts/ (raw), curated/ (Parquet) and errors/."
  value       = module.archive_bucket.name
}

output "spill_bucket" {
  description = "Events that the journal did not take in time."
  value       = module.spill.name
}

output "failures_bucket" {
  description = "Batches that Lambda gave up on."
  value       = module.failures.name
}

output "dispatch_table" {
  description = "Where dispatch books its start times."
  value       = module.schedule.name
}

output "settings" {
  description = "Retention of pending events, for the commands' deadlines, and the settings of the status table."
  value = {
    stream_retention_hours              = var.stream_retention_hours
    dispatch_maximum_record_age_seconds = var.dispatch_maximum_record_age_seconds
    straggler_max_age_hours             = var.straggler_max_age_hours
    archive_buffer_seconds              = var.archive_buffer_seconds
    status_table                        = var.status_table
    status_table_days                   = var.status_table_days
    target_rate_per_second              = local.target_rate_per_second
  }
}

output "target_contract" {
  description = "The target contract that is deployed: its folder, and the SHA-256 of its files, as npm run deploy:check names them."
  value       = jsondecode(file("${path.root}/${var.artifacts_dir}/target-contract.json"))
}

output "dispatch_function_name" {
  description = "The function that delivers."
  value       = module.function["dispatch"].name
}

output "dispatch_mapping_uuid" {
  description = "Pauses and resumes dispatch."
  value       = module.dispatch.mapping_uuid
}

output "project_mapping_uuid" {
  description = "Pauses and resumes project; absent where nothing is projected."
  value       = one(module.project[*].mapping_uuid)
}

output "status_table" {
  description = "The facts of every event, by its id; absent where status_table is off."
  value       = one(module.status[*].name)
}

output "timestream_database" {
  description = "Timestream database; absent without timestream_enabled."
  value       = one(module.timestream[*].database)
}

output "timestream_table" {
  description = "Timestream table; absent without timestream_enabled."
  value       = one(module.timestream[*].table)
}

output "glue_database" {
  description = "Database of the tables facts and facts_curated."
  value       = module.analytics.database
}

output "athena_workgroup" {
  description = "Where queries run."
  value       = module.analytics.workgroup
}

output "api_keys_secret_id" {
  description = "Secret of the API keys' hashes."
  value       = module.secrets.api_keys_arn
}

output "target_credential_secret_id" {
  description = "Secret of the target's credential; absent without target_credential_enabled."
  value       = module.secrets.target_credential_arn
}

output "otlp_headers_secret_id" {
  description = "Secret of the headers of requests to the collector of traces; absent without otlp_headers_secret_enabled."
  value       = module.secrets.otlp_headers_arn
}

output "alarm_topic" {
  description = "Where alarms are published."
  value       = module.observability.topic_arn
}

output "alarm_webhook_secret_id" {
  description = "Secret of the webhook's address; absent without alarm_webhook_enabled."
  value       = module.secrets.alarm_webhook_arn
}

output "alert_function_name" {
  description = "The function that posts alarms; absent without alarm_webhook_enabled."
  value       = var.alarm_webhook_enabled ? module.function["alert"].name : null
}

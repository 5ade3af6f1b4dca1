# Production. What is not said here is in pipeline.auto.tfvars.json or has a default.
environment = "prod"
region      = "eu-west-1"
target_url  = "https://target.example.com/graphql"

target_credential_enabled = true

# A shard of its own for what spills or is replayed beside the live events; the batch follows from rate, lanes and timeout.
shard_count         = 2
dispatch_batch_size = 600

provisioned_concurrency  = { authorize = 2, ingest = 5 }
archive_object_lock_days = 365
log_retention_days       = 90
alarm_emails             = ["on-call@example.com"]

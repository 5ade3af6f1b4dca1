# Development: every feature of prod that can go wrong, in the smallest size (a test compares the two). What is not said here is in
# pipeline.auto.tfvars.json or has a default.
environment = "dev"
region      = "eu-west-1"
target_url  = "https://target.dev.example.com/graphql"

target_credential_enabled = true

# One shard has two lanes already.
api_throttle            = { rate_per_second = 100, burst = 200 }
provisioned_concurrency = { authorize = 1, ingest = 1 }

# The environment can be taken down a day after its last event.
archive_object_lock_days = 1
log_retention_days       = 7
athena_scan_limit_gib    = 10
alarm_emails             = ["developers@example.com"]

# Development: small, cheap, and easy to take down. What is not said here is in pipeline.auto.tfvars.json or has a default.
environment = "dev"
region      = "eu-west-1"
target_url  = "https://target.dev.example.com/graphql"

api_throttle        = { rate_per_second = 100, burst = 200 }
reserve_concurrency = false # a new account has 10 environments in all
log_retention_days  = 7

athena_scan_limit_gib = 10
deletion_protection   = false

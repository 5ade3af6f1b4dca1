locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id

  # A lane is one concurrent batch. More of them than this would exceed the target's rate, so the functions that read the
  # journal reserve exactly as many environments.
  dispatch_lanes = var.shard_count * var.dispatch_parallelization_factor
  project_lanes  = var.shard_count * var.project_parallelization_factor

  # Facts that dispatch has to deliver. What is not JSON has no type and is dropped; it is in the archive.
  received_only = jsonencode({ data = { type = ["received"] } })

  spill_lifecycle_rules = { behind = { prefix = "behind/", expire_days = 1 } }

  status = one(module.status)

  environment = {
    authorize = {
      API_KEYS_SECRET_ID   = module.secrets.api_keys_arn
      API_KEYS_TTL_SECONDS = tostring(var.authorize_keys_ttl_seconds)
    }
    ingest = {
      STREAM_NAME       = module.stream.name
      SPILL_BUCKET      = module.spill.name
      APPEND_TIMEOUT_MS = tostring(var.ingest_append_timeout_ms)
      SPILL_AFTER_MS    = tostring(var.ingest_spill_after_ms)
      BUDGET_MS         = tostring(var.ingest_budget_ms)
    }
    health = {}
    dispatch = merge(
      {
        STREAM_NAME            = module.stream.name
        BRAND                  = var.brand
        TARGET_URL             = var.target_url
        TARGET_RATE_PER_SECOND = tostring(var.target_rate_per_second)
        TARGET_TIMEOUT_MS      = tostring(var.target_timeout_ms)
        TARGET_MAX_IN_FLIGHT   = tostring(var.target_max_in_flight)
        BATCH_SIZE             = tostring(var.dispatch_batch_size)
        PARALLELIZATION_FACTOR = tostring(var.dispatch_parallelization_factor)
        MUTATIONS_PER_REQUEST  = tostring(var.mutations_per_request)
        MAX_ATTEMPTS           = tostring(var.max_attempts)
        BACKOFF_BASE_MS        = tostring(var.backoff_base_ms)
        BACKOFF_MAX_MS         = tostring(var.backoff_max_ms)
      },
      var.target_credential_enabled ? { TARGET_CREDENTIAL_SECRET_ID = module.secrets.target_credential_arn } : {},
    )
    recover = {
      STREAM_NAME  = module.stream.name
      SPILL_BUCKET = module.spill.name
    }
    project = {
      STATUS_DATABASE = try(local.status.database, "")
      STATUS_TABLE    = try(local.status.table, "")
    }
  }
}

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id

  # The most that any role here may do. terraform/bootstrap makes it, since a workflow must not change it.
  permissions_boundary = "arn:aws:iam::${local.account_id}:policy/${local.prefix}-boundary"

  # A lane is one concurrent batch. More of them than this would exceed the target's rate, so the functions that read the
  # journal reserve exactly as many environments.
  dispatch_lanes = var.shard_count * var.dispatch_parallelization_factor
  project_lanes  = var.shard_count * var.project_parallelization_factor

  # Calls per second, rounded down to a millionth (0.001 of that is for what binary fractions lose): lib/target-limit.ts derives the same.
  period_seconds         = { second = 1, minute = 60, hour = 3600, day = 86400 }[var.target_limit.per]
  target_rate_per_second = floor(var.target_limit.calls * 1000000 / (local.period_seconds * var.target_limit.cost_per_call) + 0.001) / 1000000

  # Facts that dispatch has to deliver. What is not JSON has no type and is dropped; it is in the archive.
  received_only = jsonencode({ data = { type = ["received"] } })

  spill_lifecycle_rules = { behind = { prefix = "behind/", expire_days = 1 } }

  # Functions get "" for what there is none of.
  status     = one(module.status)
  timestream = one(module.timestream)
  projects   = var.status_table != "off" || var.timestream_enabled || var.otlp_endpoint != ""

  environment = {
    authorize = {
      API_KEYS_SECRET_ID   = module.secrets.api_keys_arn
      API_KEYS_TTL_SECONDS = tostring(var.authorize_keys_ttl_seconds)
      LOG_LEVEL            = var.log_level
    }
    ingest = {
      STREAM_NAME       = module.stream.name
      SPILL_BUCKET      = module.spill.name
      APPEND_TIMEOUT_MS = tostring(var.ingest_append_timeout_ms)
      SPILL_AFTER_MS    = tostring(var.ingest_spill_after_ms)
      BUDGET_MS         = tostring(var.ingest_budget_ms)
      METRICS_NAMESPACE = local.prefix
      LOG_LEVEL         = var.log_level
    }
    health = {}
    dispatch = merge(
      {
        STREAM_NAME                  = module.stream.name
        SPILL_BUCKET                 = module.spill.name
        DISPATCH_TABLE               = module.schedule.name
        BRAND                        = var.brand
        TARGET_URL                   = var.target_url
        TARGET_RATE_PER_SECOND       = tostring(local.target_rate_per_second)
        CLOCK_SKEW_MS                = tostring(var.clock_skew_ms)
        TARGET_TIMEOUT_MS            = tostring(var.target_timeout_ms)
        MAX_IN_FLIGHT_PER_INVOCATION = tostring(var.max_in_flight_per_invocation)
        BATCH_SIZE                   = tostring(var.dispatch_batch_size)
        TARGET_RESPONSE_MAX_BYTES    = tostring(var.target_response_max_bytes)
        LOOKUPS_PER_REQUEST          = tostring(var.lookups_per_request)
        MUTATIONS_PER_REQUEST        = tostring(var.mutations_per_request)
        MAX_ATTEMPTS                 = tostring(var.max_attempts)
        RETRY_PAUSE_MS               = tostring(var.retry_pause_ms)
        PARKING_DELAY_SECONDS        = tostring(var.parking_delay_seconds)
        STRAGGLER_SHARE              = tostring(var.straggler_share)
        STRAGGLER_MAX_AGE_HOURS      = tostring(var.straggler_max_age_hours)
        ON_SYSTEMIC_REJECTION        = var.on_systemic_rejection
        METRICS_NAMESPACE            = local.prefix
        LOG_LEVEL                    = var.log_level
      },
      { for verdict, codes in var.target_codes : "TARGET_${upper(verdict)}_CODES" => join(",", codes) if length(codes) > 0 },
      var.target_credential_enabled ? { TARGET_CREDENTIAL_SECRET_ID = module.secrets.target_credential_arn } : {},
    )
    recover = {
      STREAM_NAME            = module.stream.name
      SPILL_BUCKET           = module.spill.name
      TARGET_RATE_PER_SECOND = tostring(local.target_rate_per_second)
      STRAGGLER_SHARE        = tostring(var.straggler_share)
      SCHEDULE_MINUTES       = tostring(var.recover_schedule_minutes)
      METRICS_NAMESPACE      = local.prefix
      LOG_LEVEL              = var.log_level
    }
    project = merge(
      {
        STATUS_TABLE        = try(local.status.name, "")
        STATUS_KEEPS        = var.status_table == "problems" ? "problems" : "all"
        STATUS_DAYS         = tostring(var.status_table_days)
        TIMESTREAM_DATABASE = try(local.timestream.database, "")
        TIMESTREAM_TABLE    = try(local.timestream.table, "")
        OTLP_URL            = var.otlp_endpoint
        TRACE_SAMPLE_RATIO  = tostring(var.trace_sample_ratio)
        SERVICE_NAME        = local.prefix
        STREAM_NAME         = module.stream.name
        TARGET_URL          = var.target_url
        LOG_LEVEL           = var.log_level
      },
      var.otlp_headers_secret_enabled ? { OTLP_HEADERS_SECRET_ID = module.secrets.otlp_headers_arn } : {},
    )
    alert = {
      WEBHOOK_SECRET_ID = module.secrets.alarm_webhook_arn
      LOG_LEVEL         = var.log_level
    }
    status = {
      STATUS_TABLE = try(local.status.name, "")
      LOG_LEVEL    = var.log_level
    }
  }
}

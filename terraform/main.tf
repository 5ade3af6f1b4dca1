# The system, in the order an event takes:
#
#   source → api ─ authorize ─ ingest → stream (the journal) → dispatch → target
#                               └ spill ─ recover ┘   ├ archive → analytics
#                                                     └ project → status (GET /events reads it), timestream, spans (OTLP)
#   what Lambda gives up on → failures; when dispatch may call the target → schedule

module "encryption" {
  source = "./modules/encryption"

  prefix     = local.prefix
  account_id = local.account_id
  region     = var.region
}

module "secrets" {
  source = "./modules/secrets"

  prefix                    = local.prefix
  kms_key_arn               = module.encryption.key_arn
  target_credential_enabled = var.target_credential_enabled
  alarm_webhook_enabled     = var.alarm_webhook_enabled
  otlp_headers_enabled      = var.otlp_headers_secret_enabled
}

# ── the way in ──

module "api" {
  source = "./modules/api"

  prefix                  = local.prefix
  authorize               = module.function["authorize"].live
  ingest                  = merge(module.function["ingest"].live, { timeout_seconds = var.ingest_timeout_seconds })
  health                  = merge(module.function["health"].live, { timeout_seconds = var.health_timeout_seconds })
  status                  = merge(module.function["status"].live, { timeout_seconds = var.status_timeout_seconds })
  authorize_cache_seconds = var.authorize_cache_seconds
  throttle                = var.api_throttle
  status_throttle         = var.status_throttle
  domain                  = var.domain
  log_retention_days      = var.log_retention_days
  kms_key_arn             = module.encryption.key_arn
}

module "stream" {
  source = "./modules/stream"

  prefix              = local.prefix
  mode                = var.stream_mode
  shard_count         = var.shard_count
  retention_hours     = var.stream_retention_hours
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

# Where ingest puts what the journal did not take in time (spill/), and dispatch what is to be tried again later (parked/). No object
# lock: recover deletes what it has appended. An object in either is an accepted event, so neither expires, however long it waits; a
# note that dispatch is behind says nothing after two minutes.
module "spill" {
  source = "./modules/bucket"

  name                = "${local.prefix}-spill-${local.account_id}"
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
  lifecycle_rules     = local.spill_lifecycle_rules
}

module "recovery" {
  source = "./modules/recovery"

  prefix           = local.prefix
  account_id       = local.account_id
  function_name    = module.function["recover"].name
  function_arn     = module.function["recover"].arn
  spill_bucket     = module.spill.name
  spill_bucket_arn = module.spill.arn
  schedule_minutes = var.recover_schedule_minutes
}

# ── the functions ──

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  prefix                  = local.prefix
  name                    = each.key
  description             = each.value.description
  artifacts_dir           = "${path.root}/${var.artifacts_dir}"
  environment             = local.environment[each.key]
  statements              = local.permissions[each.key]
  permissions_boundary    = local.permissions_boundary
  timeout_seconds         = each.value.timeout_seconds
  memory_mb               = each.value.memory_mb
  has_alias               = each.value.is_called_by_api
  reserved_concurrency    = var.reserve_concurrency ? each.value.reserved_concurrency : -1
  provisioned_concurrency = lookup(var.provisioned_concurrency, each.key, 0)
  log_retention_days      = var.log_retention_days
  xray_enabled            = var.xray_enabled
  kms_key_arn             = module.encryption.key_arn
}

# ── the way out ──

module "schedule" {
  source = "./modules/schedule"

  prefix              = local.prefix
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

module "dispatch" {
  source = "./modules/consumer"

  stream_arn                 = module.stream.arn
  function_arn               = module.function["dispatch"].arn
  failures_bucket_arn        = module.failures.arn
  filter_pattern             = local.received_only
  batch_size                 = var.dispatch_batch_size
  batching_window_seconds    = var.dispatch_batching_window_seconds
  parallelization_factor     = var.dispatch_parallelization_factor
  maximum_retry_attempts     = var.dispatch_maximum_retry_attempts
  maximum_record_age_seconds = var.dispatch_maximum_record_age_seconds
  deletion_protection        = var.deletion_protection
}

# Batches that Lambda gave up on, whole, until somebody replays them. Nothing here expires.
module "failures" {
  source = "./modules/bucket"

  name                = "${local.prefix}-failures-${local.account_id}"
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
  lifecycle_rules     = { given-up-batches = { prefix = "aws/lambda/", tiers = { STANDARD_IA = 90 } } }
}

# ── projections ──

module "archive_bucket" {
  source = "./modules/bucket"

  name                = "${local.prefix}-archive-${local.account_id}"
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
  object_lock_days    = var.archive_object_lock_days
  # Every tier can be read at once: a replay or a query does not wait for a restore.
  lifecycle_rules = {
    facts          = { prefix = "facts/", tiers = { STANDARD_IA = 30, GLACIER_IR = 180 } }
    curated        = { prefix = "curated/", tiers = { STANDARD_IA = 90 } }
    curated-errors = { prefix = "errors/curated/", expire_days = 90 } # the same facts are under facts/
  }
}

module "archive" {
  source = "./modules/archive"

  prefix                 = local.prefix
  account_id             = local.account_id
  region                 = var.region
  stream_arn             = module.stream.arn
  bucket_arn             = module.archive_bucket.arn
  kms_key_arn            = module.encryption.key_arn
  buffer_seconds         = var.archive_buffer_seconds
  buffer_mib             = var.archive_buffer_mib
  curated_buffer_seconds = var.curated_buffer_seconds
  schema                 = module.analytics.curated_schema
  log_retention_days     = var.log_retention_days
  permissions_boundary   = local.permissions_boundary
  deletion_protection    = var.deletion_protection
}

module "analytics" {
  source = "./modules/analytics"

  prefix              = local.prefix
  account_id          = local.account_id
  region              = var.region
  archive_bucket      = module.archive_bucket.name
  results_bucket_name = "${local.prefix}-results-${local.account_id}"
  kms_key_arn         = module.encryption.key_arn
  scan_limit_gib      = var.athena_scan_limit_gib
  queries_dir         = "${path.root}/${var.queries_dir}"
}

module "status" {
  source = "./modules/status"
  count  = var.status_table == "off" ? 0 : 1

  prefix              = local.prefix
  kms_key_arn         = module.encryption.key_arn
  deletion_protection = var.deletion_protection
}

module "timestream" {
  source = "./modules/timestream"
  count  = var.timestream_enabled ? 1 : 0

  prefix      = local.prefix
  kms_key_arn = module.encryption.key_arn
  retention   = var.timestream_retention
}

module "project" {
  source = "./modules/consumer"
  count  = local.projects ? 1 : 0

  stream_arn                 = module.stream.arn
  function_arn               = module.function["project"].arn
  failures_bucket_arn        = module.failures.arn
  batch_size                 = var.project_batch_size
  batching_window_seconds    = var.project_batching_window_seconds
  parallelization_factor     = var.project_parallelization_factor
  maximum_retry_attempts     = var.project_maximum_retry_attempts
  maximum_record_age_seconds = var.project_maximum_record_age_seconds
  deletion_protection        = var.deletion_protection
}

# ── who watches ──

module "observability" {
  source = "./modules/observability"

  prefix               = local.prefix
  account_id           = local.account_id
  region               = var.region
  kms_key_arn          = module.encryption.key_arn
  emails               = var.alarm_emails
  webhook_function     = var.alarm_webhook_enabled ? { name = module.function["alert"].name, arn = module.function["alert"].arn } : null
  functions            = { for name, function in module.function : name => function.name }
  api_id               = module.api.id
  stream_name          = module.stream.name
  failures_bucket      = module.failures.name
  rate_per_second      = local.target_rate_per_second
  delivery_streams     = module.archive.delivery_streams
  iterator_age_minutes = var.alarm_iterator_age_minutes
}

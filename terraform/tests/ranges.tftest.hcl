# Each range: what AWS would refuse only at apply is refused before anything is planned. Every variable that is listed must be
# refused by itself; one that is not refused fails the run. Those whose rules mention others are apart: Terraform does not
# check a variable against one that is bad itself.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment = "test"
  region      = "eu-west-1"
  target_url  = "https://target.example.com/graphql"
}

run "one_bad_value_of_each" {
  command = plan
  variables {
    shard_count                      = 1.5
    stream_retention_hours           = 23
    brand                            = ""
    clock_skew_ms                    = -1
    target_timeout_ms                = 99
    mutations_per_request            = 0
    lookups_per_request              = 0
    target_response_max_bytes        = 9999
    target_codes                     = { duplicate = ["A,B"] }
    parking_delay_seconds            = 0
    straggler_share                  = 0.0009
    on_systemic_rejection            = "drop"
    max_attempts                     = 0
    retry_pause_ms                   = 0
    authorize_memory_mb              = 127
    authorize_cache_seconds          = 3601
    authorize_keys_ttl_seconds       = 0
    ingest_memory_mb                 = 10241
    ingest_budget_ms                 = 451
    health_memory_mb                 = 127
    dispatch_memory_mb               = 127
    dispatch_batching_window_seconds = 301
    dispatch_maximum_retry_attempts  = -2
    recover_timeout_seconds          = 0
    recover_memory_mb                = 64
    recover_schedule_minutes         = 0
    project_timeout_seconds          = 901
    project_memory_mb                = 64
    project_batch_size               = 10001
    project_batching_window_seconds  = -1
    project_parallelization_factor   = 0
    project_maximum_retry_attempts   = 10001
    status_table                     = "some"
    status_table_days                = 0
    status_memory_mb                 = 127
    archive_buffer_seconds           = 901
    trace_sample_ratio               = 1.01
    otlp_endpoint                    = "http://otlp.example.com"
    archive_buffer_mib               = 129
    name                             = "Or_chestrator"
    environment                      = "production-eu"
    target_url                       = "http://target.example.com"
    api_throttle                     = { rate_per_second = 0, burst = 1 }
    provisioned_concurrency          = { authorize = 0.5, ingest = 0 }
    status_throttle                  = { rate_per_second = 1, burst = 5001 }
    timestream_retention             = { memory_hours = 0, magnetic_days = 1 }
    archive_object_lock_days         = -1
    curated_buffer_seconds           = 30
    athena_scan_limit_gib            = 0.001
    log_retention_days               = 31
  }
  expect_failures = [
    var.shard_count,
    var.stream_retention_hours,
    var.brand,
    var.clock_skew_ms,
    var.target_timeout_ms,
    var.mutations_per_request,
    var.lookups_per_request,
    var.target_response_max_bytes,
    var.target_codes,
    var.parking_delay_seconds,
    var.straggler_share,
    var.on_systemic_rejection,
    var.max_attempts,
    var.retry_pause_ms,
    var.authorize_memory_mb,
    var.authorize_cache_seconds,
    var.authorize_keys_ttl_seconds,
    var.ingest_memory_mb,
    var.ingest_budget_ms,
    var.health_memory_mb,
    var.dispatch_memory_mb,
    var.dispatch_batching_window_seconds,
    var.dispatch_maximum_retry_attempts,
    var.recover_timeout_seconds,
    var.recover_memory_mb,
    var.recover_schedule_minutes,
    var.project_timeout_seconds,
    var.project_memory_mb,
    var.project_batch_size,
    var.project_batching_window_seconds,
    var.project_parallelization_factor,
    var.project_maximum_retry_attempts,
    var.status_table,
    var.status_table_days,
    var.status_memory_mb,
    var.archive_buffer_seconds,
    var.trace_sample_ratio,
    var.otlp_endpoint,
    var.archive_buffer_mib,
    var.name,
    var.environment,
    var.target_url,
    var.api_throttle,
    var.provisioned_concurrency,
    var.status_throttle,
    var.timestream_retention,
    var.archive_object_lock_days,
    var.curated_buffer_seconds,
    var.athena_scan_limit_gib,
    var.log_retention_days,
  ]
}

run "another_bad_value" {
  command = plan
  variables {
    shard_count               = 501
    stream_retention_hours    = 8761
    mutations_per_request     = 101
    lookups_per_request       = 101
    target_response_max_bytes = 100000001
    target_codes              = { duplicate = ["A"], rejected = ["a"] }
    parking_delay_seconds     = 3601
    straggler_share           = 0.501
    authorize_timeout_seconds = 901
    ingest_timeout_seconds    = 901
    health_timeout_seconds    = 901
    status_timeout_seconds    = 901
    status_table_days         = 3651
    retry_pause_ms            = 1001
    clock_skew_ms             = 101
    target_timeout_ms         = 60001
    max_attempts              = 101
    project_batch_size        = 0
    recover_schedule_minutes  = 61
    archive_buffer_mib        = 0
    trace_sample_ratio        = -0.01
  }
  expect_failures = [
    var.shard_count,
    var.stream_retention_hours,
    var.mutations_per_request,
    var.lookups_per_request,
    var.target_response_max_bytes,
    var.target_codes,
    var.parking_delay_seconds,
    var.straggler_share,
    var.authorize_timeout_seconds,
    var.ingest_timeout_seconds,
    var.health_timeout_seconds,
    var.status_timeout_seconds,
    var.status_table_days,
    var.retry_pause_ms,
    var.clock_skew_ms,
    var.target_timeout_ms,
    var.max_attempts,
    var.project_batch_size,
    var.recover_schedule_minutes,
    var.archive_buffer_mib,
    var.trace_sample_ratio,
  ]
}

run "bad_values_of_what_depends_on_others" {
  command = plan
  variables {
    target_limit                        = { calls = 0, per = "second" }
    target_rate_per_second              = 100
    straggler_max_age_hours             = 0
    ingest_append_timeout_ms            = 9
    dispatch_timeout_seconds            = 901
    dispatch_maximum_record_age_seconds = 59
    project_maximum_record_age_seconds  = 604801
    stream_mode                         = "FAST"
  }
  expect_failures = [
    var.target_limit,
    var.target_rate_per_second,
    var.straggler_max_age_hours,
    var.ingest_append_timeout_ms,
    var.dispatch_timeout_seconds,
    var.dispatch_maximum_record_age_seconds,
    var.project_maximum_record_age_seconds,
    var.stream_mode,
  ]
}

run "bad_values_of_what_depends_on_those" {
  command = plan
  variables {
    dispatch_batch_size          = 0
    max_in_flight_per_invocation = 0
  }
  expect_failures = [
    var.dispatch_batch_size,
    var.max_in_flight_per_invocation,
  ]
}

run "values_above_what_depends_on_others" {
  command = plan
  variables {
    target_limit            = { calls = 100001, per = "second" }
    straggler_max_age_hours = 161
    ingest_spill_after_ms   = 401
  }
  expect_failures = [
    var.target_limit,
    var.straggler_max_age_hours,
    var.ingest_spill_after_ms,
  ]
}

run "values_above_what_depends_on_those" {
  command = plan
  variables {
    max_in_flight_per_invocation = 1001
    dispatch_batch_size          = 10001
  }
  expect_failures = [
    var.max_in_flight_per_invocation,
    var.dispatch_batch_size,
  ]
}

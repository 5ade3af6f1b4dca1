# Settings that are right by themselves and wrong together.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment = "test"
  region      = "eu-west-1"
  target_url  = "https://target.example.com/graphql"
}

run "a_rate_that_no_journal_can_carry" {
  command = plan
  variables {
    target_limit                 = { calls = 501, per = "second" }
    dispatch_batch_size          = 5000
    max_in_flight_per_invocation = 100
  }
  expect_failures = [var.target_limit]
}

run "a_rate_that_no_lane_can_serve" {
  command = plan
  variables {
    target_limit                 = { calls = 400, per = "second" }
    max_in_flight_per_invocation = 10
  }
  expect_failures = [var.max_in_flight_per_invocation]
}

run "a_rate_at_which_no_batch_ends" {
  command = plan
  variables {
    target_limit        = { calls = 0.01, per = "second" }
    dispatch_batch_size = 1
  }
  expect_failures = [var.dispatch_batch_size]
}

run "a_batch_that_cannot_finish_in_time" {
  command = plan
  variables {
    dispatch_batch_size = 6001
  }
  expect_failures = [var.dispatch_batch_size]
}

run "a_batch_that_cannot_finish_with_more_lanes" {
  command = plan
  variables {
    shard_count = 10
  }
  expect_failures = [var.dispatch_batch_size]
}

run "records_that_outlive_the_journal" {
  command = plan
  variables {
    stream_retention_hours = 143
  }
  expect_failures = [var.dispatch_maximum_record_age_seconds, var.project_maximum_record_age_seconds]
}

run "times_that_do_not_fit_into_each_other" {
  command = plan
  variables {
    dispatch_timeout_seconds = 19
    dispatch_batch_size      = 100
    ingest_spill_after_ms    = 350
    ingest_append_timeout_ms = 350
  }
  expect_failures = [var.dispatch_timeout_seconds, var.ingest_spill_after_ms, var.ingest_append_timeout_ms]
}

run "functions_slower_than_their_gateway" {
  command = plan
  variables {
    authorize_timeout_seconds = 11
    ingest_timeout_seconds    = 31
    health_timeout_seconds    = 31
    status_timeout_seconds    = 31
  }
  expect_failures = [var.authorize_timeout_seconds, var.ingest_timeout_seconds, var.health_timeout_seconds, var.status_timeout_seconds]
}

run "an_on_demand_stream_with_too_few_lanes" {
  command = plan
  variables {
    stream_mode = "ON_DEMAND"
    shard_count = 3
  }
  expect_failures = [var.stream_mode]
}

run "a_parked_event_that_is_given_up_before_its_third_return" {
  command = plan
  variables {
    parking_delay_seconds   = 3600
    straggler_max_age_hours = 6
  }
  expect_failures = [var.straggler_max_age_hours]
}

run "more_codes_than_an_environment_holds" {
  command = plan
  variables {
    target_codes = { throttled = [for n in range(300) : "CODE_${n}"] }
  }
  expect_failures = [var.target_codes]
}

run "headers_without_an_endpoint" {
  command = plan
  variables {
    otlp_headers_secret_enabled = true
  }
  expect_failures = [var.otlp_headers_secret_enabled]
}

run "an_endpoint_that_shows_a_credential" {
  command = plan
  variables {
    otlp_endpoint = "https://user:password@otlp.example.com"
  }
  expect_failures = [var.otlp_endpoint]
}

run "more_lanes_than_one_item_serves" {
  command = plan
  variables {
    shard_count                     = 26
    dispatch_parallelization_factor = 4
    dispatch_batch_size             = 10
  }
  expect_failures = [var.dispatch_parallelization_factor]
}

run "no_lanes" {
  command = plan
  variables {
    dispatch_parallelization_factor = 0
    dispatch_batch_size             = 10
  }
  expect_failures = [var.dispatch_parallelization_factor]
}

run "more_lanes_than_a_shard_has" {
  command = plan
  variables {
    dispatch_parallelization_factor = 11
    dispatch_batch_size             = 10
  }
  expect_failures = [var.dispatch_parallelization_factor]
}

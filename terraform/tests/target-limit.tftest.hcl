# A limit as the target's owner states it, and the rate that follows.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment         = "test"
  region              = "eu-west-1"
  target_url          = "https://target.example.com/graphql"
  dispatch_batch_size = 1
}

run "calls_per_minute" {
  command = plan
  variables {
    target_limit = { calls = 100, per = "minute" }
  }
  assert {
    condition     = output.settings.target_rate_per_second == 1.666666
    error_message = "100 a minute must be 1.666666 a second."
  }
}

run "the_fewest_calls_per_day" {
  command = plan
  variables {
    target_limit             = { calls = 864, per = "day" }
    dispatch_timeout_seconds = 900
  }
  assert {
    condition     = local.environment.dispatch.TARGET_RATE_PER_SECOND == "0.01" && local.environment.recover.TARGET_RATE_PER_SECOND == "0.01"
    error_message = "864 a day must be 0.01 a second, for dispatch and recover."
  }
}

run "points_of_an_hour" {
  command = plan
  variables {
    target_limit = { calls = 36000, per = "hour", cost_per_call = 10 }
  }
  assert {
    condition     = output.settings.target_rate_per_second == 1
    error_message = "36,000 points an hour at 10 a call must be 1 call a second."
  }
}

run "fewer_than_one_invocation_can_pace" {
  command = plan
  variables {
    target_limit             = { calls = 863, per = "day" }
    dispatch_timeout_seconds = 900
  }
  expect_failures = [var.target_limit]
}

run "points_that_cost_nothing" {
  command = plan
  variables {
    target_limit = { calls = 100, per = "second", cost_per_call = 0 }
  }
  expect_failures = [var.target_limit]
}

run "a_period_that_there_is_not" {
  command = plan
  variables {
    target_limit = { calls = 100, per = "week" }
  }
  expect_failures = [var.target_limit]
}

run "the_environment_of_stragglers_and_codes" {
  command = plan
  variables {
    straggler_share       = 0.1
    on_systemic_rejection = "dead-letter"
    target_codes          = { duplicate = ["CONFLICT", "UNIQUE_VIOLATION"], unknown = ["GATEWAY"] }
  }
  assert {
    condition     = local.environment.recover.STRAGGLER_SHARE == "0.1" && local.environment.recover.SCHEDULE_MINUTES == "1"
    error_message = "recover must know how much it may release."
  }
  assert {
    condition = { for name in ["STRAGGLER_SHARE", "ON_SYSTEMIC_REJECTION", "PARKING_DELAY_SECONDS", "STRAGGLER_MAX_AGE_HOURS", "TARGET_DUPLICATE_CODES", "TARGET_UNKNOWN_CODES", "TARGET_RESPONSE_MAX_BYTES", "LOOKUPS_PER_REQUEST"] : name => local.environment.dispatch[name] } == {
      STRAGGLER_SHARE           = "0.1"
      ON_SYSTEMIC_REJECTION     = "dead-letter"
      PARKING_DELAY_SECONDS     = "60"
      STRAGGLER_MAX_AGE_HOURS   = "72"
      TARGET_DUPLICATE_CODES    = "CONFLICT,UNIQUE_VIOLATION"
      TARGET_UNKNOWN_CODES      = "GATEWAY"
      TARGET_RESPONSE_MAX_BYTES = "5000000"
      LOOKUPS_PER_REQUEST       = "50"
    }
    error_message = "dispatch must have what the settings say."
  }
  assert {
    condition     = !contains(keys(local.environment.dispatch), "TARGET_REJECTED_CODES")
    error_message = "A list of codes that is empty must not be in the environment."
  }
}

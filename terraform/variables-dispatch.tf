# Settings of the target and its delivery. AWS and the local run share them: their values are in pipeline.auto.tfvars.json, and
# lib/settings.ts checks the same names and ranges (a test compares them).

# The target

variable "brand" {
  description = "Added to every event that is delivered."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.brand) > 0
    error_message = "brand must not be empty."
  }
}

variable "target_limit" {
  description = "The target's limit for the whole system, as its owner states it: calls per second, minute, hour or day. Where the API counts points, calls is the points of a period, and cost_per_call what one call costs. The rate (local.target_rate_per_second) is calls / seconds of the period / cost_per_call."
  type        = object({ calls = number, per = string, cost_per_call = optional(number, 1) })
  nullable    = false

  validation {
    condition     = var.target_limit.calls > 0 && var.target_limit.cost_per_call > 0 && contains(["second", "minute", "hour", "day"], var.target_limit.per)
    error_message = "target_limit must have calls and cost_per_call above 0, and per must be second, minute, hour or day."
  }

  validation {
    condition     = floor(var.target_limit.calls * 1000000 / (lookup({ second = 1, minute = 60, hour = 3600, day = 86400 }, var.target_limit.per, 1) * max(var.target_limit.cost_per_call, 0.000001)) + 0.001) >= 10000 && floor(var.target_limit.calls * 1000000 / (lookup({ second = 1, minute = 60, hour = 3600, day = 86400 }, var.target_limit.per, 1) * max(var.target_limit.cost_per_call, 0.000001)) + 0.001) <= 100000000000
    error_message = "target_limit of ${var.target_limit.calls} per ${var.target_limit.per} is ${var.target_limit.calls} / ${lookup({ second = 1, minute = 60, hour = 3600, day = 86400 }, var.target_limit.per, 1)} s / ${var.target_limit.cost_per_call} per call = ${floor(var.target_limit.calls * 1000000 / (lookup({ second = 1, minute = 60, hour = 3600, day = 86400 }, var.target_limit.per, 1) * max(var.target_limit.cost_per_call, 0.000001)) + 0.001) / 1000000} calls a second: it must be from 0.01 (what one invocation can pace) to 100,000."
  }

  validation {
    condition     = var.target_limit.calls <= 500 * var.shard_count * lookup({ second = 1, minute = 60, hour = 3600, day = 86400 }, var.target_limit.per, 1) * var.target_limit.cost_per_call
    error_message = "No journal can carry this rate: a shard takes 1,000 facts a second, and every event makes two (received, then delivered or deadLettered). Raise shard_count."
  }
}

variable "clock_skew_ms" {
  description = "Largest difference between the clocks of two environments, in milliseconds; AWS keeps them within about 1."
  type        = number
  nullable    = false

  validation {
    condition     = var.clock_skew_ms >= 0 && var.clock_skew_ms <= 100 && floor(var.clock_skew_ms) == var.clock_skew_ms
    error_message = "clock_skew_ms must be a whole number from 0 to 100."
  }
}

variable "target_timeout_ms" {
  description = "Time that one call to the target may take, in milliseconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.target_timeout_ms >= 100 && var.target_timeout_ms <= 60000 && floor(var.target_timeout_ms) == var.target_timeout_ms
    error_message = "target_timeout_ms must be a whole number from 100 to 60,000."
  }
}

variable "max_in_flight_per_invocation" {
  description = "Most calls to the target under way at once in one invocation of dispatch. Each lane runs one invocation at a time, so the whole system may have this many for each lane."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_in_flight_per_invocation >= 1 && var.max_in_flight_per_invocation <= 1000 && floor(var.max_in_flight_per_invocation) == var.max_in_flight_per_invocation
    error_message = "max_in_flight_per_invocation must be a whole number from 1 to 1,000."
  }

  validation {
    condition     = var.max_in_flight_per_invocation * var.mutations_per_request >= 0.05 * local.target_rate_per_second
    error_message = "One lane uses the whole rate that target_limit gives while the others have nothing to send, and needs more calls under way than this, even if each takes only 50 ms."
  }
}

variable "target_response_max_bytes" {
  description = "Longest answer of the target that is read, in bytes after decompression; a longer one is a failure. Each call under way may hold one in dispatch_memory_mb."
  type        = number
  nullable    = false

  validation {
    condition     = var.target_response_max_bytes >= 10000 && var.target_response_max_bytes <= 100000000 && floor(var.target_response_max_bytes) == var.target_response_max_bytes
    error_message = "target_response_max_bytes must be a whole number from 10,000 to 100,000,000."
  }
}

variable "target_codes" {
  description = "Error codes of this target besides those that are known of GraphQL servers, by what they mean: the event exists already (duplicate), too many calls (throttled), certainly not done (unavailable), perhaps done (unknown), the credential is refused (unauthorized), this input is bad (rejected)."
  type = object({
    duplicate    = optional(list(string), [])
    throttled    = optional(list(string), [])
    unavailable  = optional(list(string), [])
    unknown      = optional(list(string), [])
    unauthorized = optional(list(string), [])
    rejected     = optional(list(string), [])
  })
  nullable = false

  validation {
    condition     = alltrue([for code in flatten(values(var.target_codes)) : can(regex("^[^,[:space:]]([^,]*[^,[:space:]])?$", code))])
    error_message = "target_codes must be codes without a comma, and without spaces around them: they are joined by commas."
  }

  validation {
    condition     = length(distinct([for code in flatten(values(var.target_codes)) : upper(code)])) == length(flatten(values(var.target_codes)))
    error_message = "target_codes must have each code once, whatever its case: it has one meaning."
  }

  validation {
    condition     = length(join(",", flatten(values(var.target_codes)))) <= 2000
    error_message = "target_codes must have at most 2,000 characters: they are in the function's environment, which has 4 KB."
  }
}

variable "mutations_per_request" {
  description = "Creations in one request; more than one for a target that limits requests."
  type        = number
  nullable    = false

  validation {
    condition     = var.mutations_per_request >= 1 && var.mutations_per_request <= 100 && floor(var.mutations_per_request) == var.mutations_per_request
    error_message = "mutations_per_request must be a whole number from 1 to 100."
  }
}

variable "lookups_per_request" {
  description = "Lookups in one request."
  type        = number
  nullable    = false

  validation {
    condition     = var.lookups_per_request >= 1 && var.lookups_per_request <= 100 && floor(var.lookups_per_request) == var.lookups_per_request
    error_message = "lookups_per_request must be a whole number from 1 to 100."
  }
}

variable "max_attempts" {
  description = "Attempts after which an event that fails while others succeed is dead-lettered."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_attempts >= 1 && var.max_attempts <= 100 && floor(var.max_attempts) == var.max_attempts
    error_message = "max_attempts must be a whole number from 1 to 100."
  }
}

variable "retry_pause_ms" {
  description = "Pause before a second quick retry, in milliseconds; a random time up to the same length is added."
  type        = number
  nullable    = false

  validation {
    condition     = var.retry_pause_ms >= 1 && var.retry_pause_ms <= 1000 && floor(var.retry_pause_ms) == var.retry_pause_ms
    error_message = "retry_pause_ms must be a whole number from 1 to 1,000."
  }
}

# Stragglers: events that keep failing while others succeed

variable "parking_delay_seconds" {
  description = "How long an event waits in the spill bucket when it is parked for the first time, in seconds; doubled each time."
  type        = number
  nullable    = false

  validation {
    condition     = var.parking_delay_seconds >= 1 && var.parking_delay_seconds <= 3600 && floor(var.parking_delay_seconds) == var.parking_delay_seconds
    error_message = "parking_delay_seconds must be a whole number from 1 to 3,600."
  }
}

variable "straggler_share" {
  description = "Largest share of the target's rate for parked events that are tried again."
  type        = number
  nullable    = false

  validation {
    condition     = var.straggler_share >= 0.001 && var.straggler_share <= 0.5
    error_message = "straggler_share must be a number from 0.001 to 0.5."
  }
}

variable "straggler_max_age_hours" {
  description = "Age at which an event that keeps failing is dead-lettered as undecided, in hours. It waits in the spill bucket, so that the journal's retention does not matter."
  type        = number
  nullable    = false

  validation {
    condition     = var.straggler_max_age_hours >= 1 && var.straggler_max_age_hours <= 160 && floor(var.straggler_max_age_hours) == var.straggler_max_age_hours
    error_message = "straggler_max_age_hours must be a whole number from 1 to 160."
  }

  validation {
    condition     = var.straggler_max_age_hours * 3600 >= 7 * var.parking_delay_seconds
    error_message = "straggler_max_age_hours must be at least 7 x parking_delay_seconds: a parked event comes back after 1, 3 and 7 of those, and would be given up before its third return."
  }
}

variable "on_systemic_rejection" {
  description = "What becomes of events that the target rejects while it accepts none: park keeps them until another event succeeds or straggler_max_age_hours are over; dead-letter gives each up at once."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["park", "dead-letter"], var.on_systemic_rejection)
    error_message = "on_systemic_rejection must be park or dead-letter."
  }
}

# Dispatch

variable "dispatch_timeout_seconds" {
  description = "Timeout of dispatch, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_timeout_seconds >= 1 && var.dispatch_timeout_seconds <= 900 && floor(var.dispatch_timeout_seconds) == var.dispatch_timeout_seconds
    error_message = "dispatch_timeout_seconds must be a whole number from 1 to 900."
  }

  validation {
    condition     = var.dispatch_timeout_seconds * 1000 >= var.target_timeout_ms + 15000
    error_message = "dispatch_timeout_seconds must leave 15 s besides target_timeout_ms: no call could be started, or its fact not be appended."
  }
}

variable "dispatch_memory_mb" {
  description = "Memory of dispatch, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_memory_mb >= 128 && var.dispatch_memory_mb <= 10240 && floor(var.dispatch_memory_mb) == var.dispatch_memory_mb
    error_message = "dispatch_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "dispatch_batch_size" {
  description = "Most records in a batch; lib/dispatch/batch-size.ts says how it follows from rate, lanes and timeout."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_batch_size >= 1 && var.dispatch_batch_size <= 10000 && floor(var.dispatch_batch_size) == var.dispatch_batch_size
    error_message = "dispatch_batch_size must be a whole number from 1 to 10,000."
  }

  validation {
    condition     = var.dispatch_batch_size <= 0.5 * var.dispatch_timeout_seconds * local.target_rate_per_second / (var.shard_count * var.dispatch_parallelization_factor)
    error_message = "A batch cannot finish in time: at a lane's share of the rate (that of target_limit / (shard_count x dispatch_parallelization_factor)) it would take more than half of dispatch_timeout_seconds, and leave too little for retries. A tenth is right (lib/dispatch/batch-size.ts)."
  }
}

variable "dispatch_batching_window_seconds" {
  description = "How long Lambda gathers records for a batch, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_batching_window_seconds >= 0 && var.dispatch_batching_window_seconds <= 300 && floor(var.dispatch_batching_window_seconds) == var.dispatch_batching_window_seconds
    error_message = "dispatch_batching_window_seconds must be a whole number from 0 to 300."
  }
}

variable "dispatch_parallelization_factor" {
  description = "Lanes per shard."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_parallelization_factor >= 1 && var.dispatch_parallelization_factor <= 10 && floor(var.dispatch_parallelization_factor) == var.dispatch_parallelization_factor
    error_message = "dispatch_parallelization_factor must be a whole number from 1 to 10."
  }

  validation {
    condition     = var.shard_count * var.dispatch_parallelization_factor <= 100
    error_message = "One DynamoDB item serves all lanes and takes 1,000 updates a second. A lane with little to do makes up to ten: shard_count x dispatch_parallelization_factor must not exceed 100."
  }
}

variable "dispatch_maximum_retry_attempts" {
  description = "How often Lambda repeats a batch that makes no progress; -1 until the records expire. Every step of the checkpoint starts the count anew, and events that fail are parked, so that only two things use it up. A record that crashes dispatch: once it is alone, its lane is held for this many repetitions, each as long as the crash plus the wait of Lambda (up to 30 s in the local run; AWS does not document it). 100 are about 40 minutes if it crashes at once, and 4 hours if it takes dispatch_timeout_seconds. Stores that take nothing, neither facts nor parked events: (100 + 1) x 110 s are 3 hours; after those the batch goes whole to the failures bucket. More would hold the lane of a crash for longer, fewer would give batches up in a shorter outage."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_maximum_retry_attempts >= -1 && var.dispatch_maximum_retry_attempts <= 10000 && floor(var.dispatch_maximum_retry_attempts) == var.dispatch_maximum_retry_attempts
    error_message = "dispatch_maximum_retry_attempts must be a whole number from -1 to 10,000."
  }
}

variable "dispatch_maximum_record_age_seconds" {
  description = "Age at which Lambda gives a record up, in seconds; -1 never."
  type        = number
  nullable    = false

  validation {
    condition     = var.dispatch_maximum_record_age_seconds == -1 || (var.dispatch_maximum_record_age_seconds >= 60 && var.dispatch_maximum_record_age_seconds <= 604800 && floor(var.dispatch_maximum_record_age_seconds) == var.dispatch_maximum_record_age_seconds)
    error_message = "dispatch_maximum_record_age_seconds must be -1 or a whole number from 60 to 604,800."
  }

  validation {
    condition     = var.dispatch_maximum_record_age_seconds <= var.stream_retention_hours * 3600
    error_message = "dispatch_maximum_record_age_seconds is longer than the journal keeps a record (stream_retention_hours): records would vanish instead of reaching the failures bucket."
  }
}

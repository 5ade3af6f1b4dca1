# Settings of what reads the journal and the spill. AWS and the local run share them: their values are in pipeline.auto.tfvars.json, and
# lib/settings.ts checks the same names and ranges (a test compares them).

# Recover

variable "recover_timeout_seconds" {
  description = "Timeout of recover, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.recover_timeout_seconds >= 1 && var.recover_timeout_seconds <= 900 && floor(var.recover_timeout_seconds) == var.recover_timeout_seconds
    error_message = "recover_timeout_seconds must be a whole number from 1 to 900."
  }
}

variable "recover_memory_mb" {
  description = "Memory of recover, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.recover_memory_mb >= 128 && var.recover_memory_mb <= 10240 && floor(var.recover_memory_mb) == var.recover_memory_mb
    error_message = "recover_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "recover_schedule_minutes" {
  description = "How often recover looks for spilled facts that no notification brought, in minutes."
  type        = number
  nullable    = false

  validation {
    condition     = var.recover_schedule_minutes >= 1 && var.recover_schedule_minutes <= 60 && floor(var.recover_schedule_minutes) == var.recover_schedule_minutes
    error_message = "recover_schedule_minutes must be a whole number from 1 to 60."
  }
}

# Project

variable "project_timeout_seconds" {
  description = "Timeout of project, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_timeout_seconds >= 1 && var.project_timeout_seconds <= 900 && floor(var.project_timeout_seconds) == var.project_timeout_seconds
    error_message = "project_timeout_seconds must be a whole number from 1 to 900."
  }
}

variable "project_memory_mb" {
  description = "Memory of project, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_memory_mb >= 128 && var.project_memory_mb <= 10240 && floor(var.project_memory_mb) == var.project_memory_mb
    error_message = "project_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "project_batch_size" {
  description = "Most records in a batch."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_batch_size >= 1 && var.project_batch_size <= 10000 && floor(var.project_batch_size) == var.project_batch_size
    error_message = "project_batch_size must be a whole number from 1 to 10,000."
  }
}

variable "project_batching_window_seconds" {
  description = "How long Lambda gathers records for a batch, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_batching_window_seconds >= 0 && var.project_batching_window_seconds <= 300 && floor(var.project_batching_window_seconds) == var.project_batching_window_seconds
    error_message = "project_batching_window_seconds must be a whole number from 0 to 300."
  }
}

variable "project_parallelization_factor" {
  description = "Lanes per shard."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_parallelization_factor >= 1 && var.project_parallelization_factor <= 10 && floor(var.project_parallelization_factor) == var.project_parallelization_factor
    error_message = "project_parallelization_factor must be a whole number from 1 to 10."
  }
}

variable "project_maximum_retry_attempts" {
  description = "How often Lambda repeats a batch that makes no progress; -1 until the records expire."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_maximum_retry_attempts >= -1 && var.project_maximum_retry_attempts <= 10000 && floor(var.project_maximum_retry_attempts) == var.project_maximum_retry_attempts
    error_message = "project_maximum_retry_attempts must be a whole number from -1 to 10,000."
  }
}

variable "project_maximum_record_age_seconds" {
  description = "Age at which Lambda gives a record up, in seconds; -1 never."
  type        = number
  nullable    = false

  validation {
    condition     = var.project_maximum_record_age_seconds == -1 || (var.project_maximum_record_age_seconds >= 60 && var.project_maximum_record_age_seconds <= 604800 && floor(var.project_maximum_record_age_seconds) == var.project_maximum_record_age_seconds)
    error_message = "project_maximum_record_age_seconds must be -1 or a whole number from 60 to 604,800."
  }

  validation {
    condition     = var.project_maximum_record_age_seconds <= var.stream_retention_hours * 3600
    error_message = "project_maximum_record_age_seconds is longer than the journal keeps a record (stream_retention_hours): records would vanish instead of reaching the failures bucket."
  }
}

# The status table

variable "status_table" {
  description = "Which facts the status table keeps: all; problems, those of events that were parked, dead-lettered, dismissed or replayed; or off, and there is no table."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["all", "problems", "off"], var.status_table)
    error_message = "status_table must be all, problems or off."
  }
}

variable "status_table_days" {
  description = "Days until a fact expires from the status table."
  type        = number
  nullable    = false

  validation {
    condition     = var.status_table_days >= 1 && var.status_table_days <= 3650 && floor(var.status_table_days) == var.status_table_days
    error_message = "status_table_days must be a whole number from 1 to 3,650."
  }
}

variable "status_timeout_seconds" {
  description = "Timeout of status, which answers GET /events, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.status_timeout_seconds >= 1 && var.status_timeout_seconds <= 900 && floor(var.status_timeout_seconds) == var.status_timeout_seconds
    error_message = "status_timeout_seconds must be a whole number from 1 to 900."
  }

  validation {
    condition     = var.status_timeout_seconds <= 30
    error_message = "An HTTP API waits at most 30 s for an integration."
  }
}

variable "status_memory_mb" {
  description = "Memory of status, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.status_memory_mb >= 128 && var.status_memory_mb <= 10240 && floor(var.status_memory_mb) == var.status_memory_mb
    error_message = "status_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "timestream_enabled" {
  description = "Whether facts are also written to Timestream for LiveAnalytics, which is closed to accounts that did not use it before 2025-06-20. Nothing here reads them."
  type        = bool
  nullable    = false
}

# Spans

variable "trace_sample_ratio" {
  description = "Share of the traces whose spans project exports to otlp_endpoint, chosen by trace id. A source whose traceparent says sampled, or not, has decided for its own."
  type        = number
  nullable    = false

  validation {
    condition     = var.trace_sample_ratio >= 0 && var.trace_sample_ratio <= 1
    error_message = "trace_sample_ratio must be a number from 0 to 1."
  }
}

# The archive

variable "archive_buffer_seconds" {
  description = "An archive object closes after this time, in seconds, or at archive_buffer_mib."
  type        = number
  nullable    = false

  validation {
    condition     = var.archive_buffer_seconds >= 0 && var.archive_buffer_seconds <= 900 && floor(var.archive_buffer_seconds) == var.archive_buffer_seconds
    error_message = "archive_buffer_seconds must be a whole number from 0 to 900."
  }
}

variable "archive_buffer_mib" {
  description = "An archive object closes at this size, in MiB, or after archive_buffer_seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.archive_buffer_mib >= 1 && var.archive_buffer_mib <= 128 && floor(var.archive_buffer_mib) == var.archive_buffer_mib
    error_message = "archive_buffer_mib must be a whole number from 1 to 128."
  }
}

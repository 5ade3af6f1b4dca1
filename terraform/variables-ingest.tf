# Settings of the way in. AWS and the local run share them: their values are in pipeline.auto.tfvars.json, and
# lib/settings.ts checks the same names and ranges (a test compares them).

# The journal

variable "shard_count" {
  description = "Open shards of the journal; with an on-demand stream, the most that it may grow to."
  type        = number
  nullable    = false

  validation {
    condition     = var.shard_count >= 1 && var.shard_count <= 500 && floor(var.shard_count) == var.shard_count
    error_message = "shard_count must be a whole number from 1 to 500."
  }
}

variable "stream_retention_hours" {
  description = "How long the journal keeps a fact, in hours."
  type        = number
  nullable    = false

  validation {
    condition     = var.stream_retention_hours >= 24 && var.stream_retention_hours <= 8760 && floor(var.stream_retention_hours) == var.stream_retention_hours
    error_message = "stream_retention_hours must be a whole number from 24 to 8,760."
  }
}

# The authorizer

variable "authorize_timeout_seconds" {
  description = "Timeout of the authorizer, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.authorize_timeout_seconds >= 1 && var.authorize_timeout_seconds <= 900 && floor(var.authorize_timeout_seconds) == var.authorize_timeout_seconds
    error_message = "authorize_timeout_seconds must be a whole number from 1 to 900."
  }

  validation {
    condition     = var.authorize_timeout_seconds <= 10
    error_message = "An HTTP API waits at most 10 s for its authorizer."
  }
}

variable "authorize_memory_mb" {
  description = "Memory of the authorizer, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.authorize_memory_mb >= 128 && var.authorize_memory_mb <= 10240 && floor(var.authorize_memory_mb) == var.authorize_memory_mb
    error_message = "authorize_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "authorize_cache_seconds" {
  description = "How long the gateway keeps a verdict for a key, in seconds; 0 asks every time."
  type        = number
  nullable    = false

  validation {
    condition     = var.authorize_cache_seconds >= 0 && var.authorize_cache_seconds <= 3600 && floor(var.authorize_cache_seconds) == var.authorize_cache_seconds
    error_message = "authorize_cache_seconds must be a whole number from 0 to 3,600."
  }
}

variable "authorize_keys_ttl_seconds" {
  description = "How long the authorizer uses keys that it read before it reads the secret again, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.authorize_keys_ttl_seconds >= 1 && var.authorize_keys_ttl_seconds <= 3600 && floor(var.authorize_keys_ttl_seconds) == var.authorize_keys_ttl_seconds
    error_message = "authorize_keys_ttl_seconds must be a whole number from 1 to 3,600."
  }
}

# Ingest and health

variable "ingest_timeout_seconds" {
  description = "Timeout of ingest, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.ingest_timeout_seconds >= 1 && var.ingest_timeout_seconds <= 900 && floor(var.ingest_timeout_seconds) == var.ingest_timeout_seconds
    error_message = "ingest_timeout_seconds must be a whole number from 1 to 900."
  }

  validation {
    condition     = var.ingest_timeout_seconds <= 30
    error_message = "An HTTP API waits at most 30 s for an integration."
  }
}

variable "ingest_memory_mb" {
  description = "Memory of ingest, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.ingest_memory_mb >= 128 && var.ingest_memory_mb <= 10240 && floor(var.ingest_memory_mb) == var.ingest_memory_mb
    error_message = "ingest_memory_mb must be a whole number from 128 to 10,240."
  }
}

variable "ingest_append_timeout_ms" {
  description = "Time that one attempt to append may take, in milliseconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.ingest_append_timeout_ms >= 10 && var.ingest_append_timeout_ms <= 400 && floor(var.ingest_append_timeout_ms) == var.ingest_append_timeout_ms
    error_message = "ingest_append_timeout_ms must be a whole number from 10 to 400."
  }

  validation {
    condition     = var.ingest_append_timeout_ms < var.ingest_budget_ms
    error_message = "ingest_append_timeout_ms must be below ingest_budget_ms: a second attempt would never be in time."
  }
}

variable "ingest_spill_after_ms" {
  description = "When an event that the journal has not taken is written to the spill bucket besides, in milliseconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.ingest_spill_after_ms >= 0 && var.ingest_spill_after_ms <= 400 && floor(var.ingest_spill_after_ms) == var.ingest_spill_after_ms
    error_message = "ingest_spill_after_ms must be a whole number from 0 to 400."
  }

  validation {
    condition     = var.ingest_spill_after_ms < var.ingest_budget_ms
    error_message = "ingest_spill_after_ms must be below ingest_budget_ms: a spill that starts later would never be in time."
  }
}

variable "ingest_budget_ms" {
  description = "An answer is given within this, counted from the request's arrival, in milliseconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.ingest_budget_ms >= 50 && var.ingest_budget_ms <= 450 && floor(var.ingest_budget_ms) == var.ingest_budget_ms
    error_message = "ingest_budget_ms must be a whole number from 50 to 450."
  }
}

variable "health_timeout_seconds" {
  description = "Timeout of health, in seconds."
  type        = number
  nullable    = false

  validation {
    condition     = var.health_timeout_seconds >= 1 && var.health_timeout_seconds <= 900 && floor(var.health_timeout_seconds) == var.health_timeout_seconds
    error_message = "health_timeout_seconds must be a whole number from 1 to 900."
  }

  validation {
    condition     = var.health_timeout_seconds <= 30
    error_message = "An HTTP API waits at most 30 s for an integration."
  }
}

variable "health_memory_mb" {
  description = "Memory of health, in MB."
  type        = number
  nullable    = false

  validation {
    condition     = var.health_memory_mb >= 128 && var.health_memory_mb <= 10240 && floor(var.health_memory_mb) == var.health_memory_mb
    error_message = "health_memory_mb must be a whole number from 128 to 10,240."
  }
}

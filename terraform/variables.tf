# Where the system is deployed and how it is protected. The pipeline's settings are in variables-*.tf.

variable "name" {
  description = "First part of every resource's name."
  type        = string
  default     = "orchestrator"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 22 lower-case letters, digits and hyphens: bucket names are made of it, and have at most 63 characters."
  }
}

variable "environment" {
  description = "Second part of every resource's name: dev, prod, …"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment must be 2 to 10 lower-case letters and digits."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "tags" {
  description = "Tags of every resource, besides Application, Environment and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "artifacts_dir" {
  description = "Folder of the functions' zips, as npm run deploy:check builds them; relative to this folder."
  type        = string
  default     = "../dist"
}

variable "queries_dir" {
  description = "Folder of the named queries; relative to this folder."
  type        = string
  default     = "../queries"
}

variable "target_url" {
  description = "GraphQL endpoint of the target."
  type        = string

  validation {
    condition     = can(regex("^https://[^[:space:]]+$", var.target_url))
    error_message = "target_url must be an https URL."
  }
}

variable "target_rate_per_second" {
  description = "Replaced by target_limit. It is declared so that a file which still sets it is refused: Terraform only warns of what it does not know, and the limit would be another."
  type        = number
  default     = null

  validation {
    condition     = var.target_rate_per_second == null
    error_message = "target_rate_per_second is now target_limit = { calls = ${coalesce(var.target_rate_per_second, 0)}, per = \"second\" }."
  }
}

variable "target_credential_enabled" {
  description = "Whether the target wants a credential. Its secret is made empty: dispatch fails until it has a value."
  type        = bool
  default     = false
}

variable "otlp_endpoint" {
  description = "OTLP/HTTP endpoint of a collector of traces, without /v1/traces, such as https://otlp.example.com:4318; empty: no spans are exported. Functions run outside a VPC: it is reached over the internet."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.otlp_endpoint == "" || can(regex("^https://[^[:space:]@?#]+$", var.otlp_endpoint))
    error_message = "otlp_endpoint must be an https URL without user, query and fragment, or empty. Credentials belong into the secret that otlp_headers_secret_enabled makes."
  }
}

variable "otlp_headers_secret_enabled" {
  description = "Whether the collector wants headers, such as an API key. Their secret is made empty: spans are lost until it has a value."
  type        = bool
  default     = false

  validation {
    condition     = !var.otlp_headers_secret_enabled || var.otlp_endpoint != ""
    error_message = "otlp_headers_secret_enabled needs an otlp_endpoint: without one, no request is made."
  }
}

variable "stream_mode" {
  description = "PROVISIONED (shard_count shards) or ON_DEMAND (Kinesis chooses, shard_count is the most that dispatch has lanes for)."
  type        = string
  default     = "PROVISIONED"

  validation {
    condition     = contains(["PROVISIONED", "ON_DEMAND"], var.stream_mode)
    error_message = "stream_mode must be PROVISIONED or ON_DEMAND."
  }

  validation {
    condition     = var.stream_mode == "PROVISIONED" || var.shard_count >= 4
    error_message = "An ON_DEMAND stream starts with 4 shards: shard_count must be at least 4, or lanes would be throttled."
  }
}

variable "api_throttle" {
  description = "Requests per second that the API takes from everybody together, and the burst above it."
  type        = object({ rate_per_second = number, burst = number })
  default     = { rate_per_second = 1000, burst = 2000 }

  validation {
    condition     = var.api_throttle.rate_per_second >= 1 && var.api_throttle.rate_per_second <= 10000 && var.api_throttle.burst >= 1 && var.api_throttle.burst <= 5000
    error_message = "api_throttle must be 1 to 10,000 requests per second with a burst of 1 to 5,000, the default quotas of an account."
  }
}

variable "status_throttle" {
  description = "GET /events: requests per second and burst for all keys together, apart from api_throttle."
  type        = object({ rate_per_second = number, burst = number })
  default     = { rate_per_second = 100, burst = 200 }

  validation {
    condition     = var.status_throttle.rate_per_second >= 1 && var.status_throttle.rate_per_second <= 10000 && var.status_throttle.burst >= 1 && var.status_throttle.burst <= 5000
    error_message = "status_throttle must be 1 to 10,000 requests per second with a burst of 1 to 5,000, the default quotas of an account."
  }
}

variable "domain" {
  description = "The API's own domain name, with an ACM certificate of the region; with a Route 53 zone, its record is made too."
  type        = object({ name = string, certificate_arn = string, zone_id = optional(string) })
  default     = null
}

variable "provisioned_concurrency" {
  description = "Environments kept warm for the request path, so that no cold start counts against the source's 500 ms."
  type        = object({ authorize = number, ingest = number })
  default     = { authorize = 0, ingest = 0 }

  validation {
    condition     = alltrue([for count in values(var.provisioned_concurrency) : count >= 0 && floor(count) == count])
    error_message = "provisioned_concurrency must be whole numbers, 0 for none."
  }
}

variable "reserve_concurrency" {
  description = "Whether dispatch, recover and project reserve their concurrency. AWS refuses that in an account whose quota leaves fewer than 100 unreserved (a new account has 10)."
  type        = bool
  default     = true
}

variable "timestream_retention" {
  description = "How long Timestream keeps rows in its memory store, in hours, and in its magnetic store, in days."
  type        = object({ memory_hours = number, magnetic_days = number })
  default     = { memory_hours = 24, magnetic_days = 365 }

  validation {
    condition     = var.timestream_retention.memory_hours >= 1 && var.timestream_retention.memory_hours <= 8766 && var.timestream_retention.magnetic_days >= 1 && var.timestream_retention.magnetic_days <= 73000
    error_message = "timestream_retention must be 1 to 8,766 hours in memory and 1 to 73,000 days in the magnetic store."
  }
}

variable "archive_object_lock_days" {
  description = "For how many days nobody may delete or overwrite an archived object; 0 for no lock. Can only be chosen when the bucket is made."
  type        = number
  default     = 0

  validation {
    condition     = var.archive_object_lock_days >= 0 && var.archive_object_lock_days <= 36500 && floor(var.archive_object_lock_days) == var.archive_object_lock_days
    error_message = "archive_object_lock_days must be a whole number from 0 to 36,500."
  }
}

variable "curated_buffer_seconds" {
  description = "How long facts are gathered for one Parquet file, in seconds: longer makes fewer, larger files, which Athena reads faster."
  type        = number
  default     = 300

  validation {
    condition     = var.curated_buffer_seconds >= 60 && var.curated_buffer_seconds <= 900
    error_message = "curated_buffer_seconds must be from 60 to 900."
  }
}

variable "athena_scan_limit_gib" {
  description = "Most that one Athena query may scan, in GiB."
  type        = number
  default     = 100

  validation {
    condition     = var.athena_scan_limit_gib >= 0.01
    error_message = "athena_scan_limit_gib must be at least 0.01: Athena takes no limit below 10 MB."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, …"
  }
}

variable "log_level" {
  description = "Least level of the lines that functions log. Above INFO, what each batch did is not in the logs; its metrics are."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR", "SILENT"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARN, ERROR or SILENT."
  }
}

variable "xray_enabled" {
  description = "Whether X-Ray traces invocations of the functions. It sees neither the HTTP API nor the way through the journal, and costs 5 USD a million traces."
  type        = bool
  default     = false
}

variable "alarm_emails" {
  description = "Who is told of alarms; each address has to confirm its subscription."
  type        = set(string)
  default     = []
}

variable "alarm_webhook_enabled" {
  description = "Whether alarms are also posted to a Slack-compatible webhook. The secret of its address is made empty: alarms are not posted until it has a value."
  type        = bool
  default     = false
}

variable "alarm_iterator_age_minutes" {
  description = "An alarm rises when the oldest fact that dispatch has not finished is older than this, in minutes."
  type        = number
  default     = 15
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete or replace the journal, the buckets, the tables, the delivery streams and the event source mappings, and deletes no bucket that holds objects."
  type        = bool
  default     = true
}

# The functions: what each is for, and how much it gets. The bundles are built from handlers/ under the same names.

locals {
  every_function = {
    authorize = {
      description          = "Lets a request in if it presents an accepted API key"
      timeout_seconds      = var.authorize_timeout_seconds
      memory_mb            = var.authorize_memory_mb
      reserved_concurrency = -1
      is_called_by_api     = true
    }
    ingest = {
      description          = "Appends an event to the journal, or spills it"
      timeout_seconds      = var.ingest_timeout_seconds
      memory_mb            = var.ingest_memory_mb
      reserved_concurrency = -1
      is_called_by_api     = true
    }
    health = {
      description          = "Says that the API is there, and what it does not know"
      timeout_seconds      = var.health_timeout_seconds
      memory_mb            = var.health_memory_mb
      reserved_concurrency = -1
      is_called_by_api     = true
    }
    status = {
      description          = "Says where one event stands"
      timeout_seconds      = var.status_timeout_seconds
      memory_mb            = var.status_memory_mb
      reserved_concurrency = -1
      is_called_by_api     = true
    }
    dispatch = {
      description          = "Delivers events to the target at its rate"
      timeout_seconds      = var.dispatch_timeout_seconds
      memory_mb            = var.dispatch_memory_mb
      reserved_concurrency = local.dispatch_lanes
      is_called_by_api     = false
    }
    recover = {
      description          = "Appends spilled events, and parked ones that are due, to the journal"
      timeout_seconds      = var.recover_timeout_seconds
      memory_mb            = var.recover_memory_mb
      reserved_concurrency = 2 # one that works, one that starts; the journal was short of room when facts spilled
      is_called_by_api     = false
    }
    project = {
      description          = "Writes facts to the status table, and exports their spans"
      timeout_seconds      = var.project_timeout_seconds
      memory_mb            = var.project_memory_mb
      reserved_concurrency = local.project_lanes
      is_called_by_api     = false
    }
    alert = {
      description          = "Posts alarms to a webhook"
      timeout_seconds      = 15 # 3 s for the secret, 5 s for the webhook, and a cold start
      memory_mb            = 256
      reserved_concurrency = -1
      is_called_by_api     = false
    }
  }

  # project has nothing to do where nothing is projected, and alert where there is no webhook.
  is_deployed = { project = local.projects, alert = var.alarm_webhook_enabled }
  functions   = { for name, function in local.every_function : name => function if lookup(local.is_deployed, name, true) }
}

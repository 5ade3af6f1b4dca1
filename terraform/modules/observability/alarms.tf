# The alarms as data: what is watched, from which value on, for how many minutes, and what to do.

locals {
  # Minutes judged together, and not one after the other: Lambda reports an age when an invocation ends, which in an outage of the
  # target is not every minute, and recover what it left when its schedule runs.
  # Whether Firehose emits its lag in every minute is not documented.
  judged_at_once = concat(["dispatch-behind", "target-not-well", "spill-left"], keys(local.reading_alarms))

  # The minutes of which so many have to be bad: a batch that crashes is tried again minutes later.
  judged_within = { dispatch-errors = 15, project-errors = 15 }

  api_alarms = {
    api-5xx = {
      description = "The API answers 5xx: events are refused, and the source does not retry. Look at ingest's log."
      namespace   = "AWS/ApiGateway", metric = "5xx", dimensions = { ApiId = var.api_id }
      statistic   = "Sum", above = 0, minutes = 1
    }
    api-slow = {
      description = "One request in a hundred takes longer than 500 ms, which the source does not wait for."
      namespace   = "AWS/ApiGateway", metric = "Latency", dimensions = { ApiId = var.api_id }
      statistic   = "p99", above = 500, minutes = 5
    }
  }

  journal_alarms = {
    journal-throttled = {
      description = "The journal refuses writes: events spill. Raise shard_count, or use an on-demand stream."
      namespace   = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", dimensions = { StreamName = var.stream_name }
      statistic   = "Sum", above = 0, minutes = 5
    }
    dispatch-behind = {
      description = "Events wait longer than ${var.iterator_age_minutes} minutes: the target is slow or down, or more arrives than it may take."
      namespace   = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = var.functions.dispatch }
      statistic   = "Maximum", above = var.iterator_age_minutes * 60000, minutes = 5
    }
    target-not-well = {
      description = "No creation succeeds at the target: it is down, refuses the credential or every event, or a quota is used up. Events wait, none is given up. Read the cause in dispatch's warnings."
      namespace   = var.prefix, metric = "TargetNotWell", dimensions = { service = "dispatch" }
      statistic   = "Sum", above = 1, minutes = 5
    }
    dead-letters = {
      description = "Events were dead-lettered. Query them by reason, mend the cause, and replay them."
      namespace   = var.prefix, metric = "DeadLetters", dimensions = { service = "dispatch" }
      statistic   = "Sum", above = 0, minutes = 1
    }
  }

  store_alarms = {
    spilled = {
      description = "Ingest spills: the journal is slow or refuses. Nothing is lost; recover brings the events back."
      namespace   = var.prefix, metric = "Spilled", dimensions = { service = "ingest" }
      statistic   = "Sum", above = 0, minutes = 3
    }
    spill-left = {
      description = "Spilled events stay in the spill bucket: recover cannot append them. Look at its log."
      namespace   = var.prefix, metric = "SpillLeft", dimensions = { service = "recover" }
      statistic   = "Minimum", above = 0, minutes = 15
    }
    batch-given-up = {
      description = "Lambda gave a batch up. It lies whole in the failures bucket: replay --failures brings it back."
      namespace   = "AWS/S3", metric = "PutRequests", dimensions = { BucketName = var.failures_bucket, FilterId = "writes" }
      statistic   = "Sum", above = 0, minutes = 1
    }
  }

  function_alarms = merge([for name, function in var.functions : {
    "${name}-errors" = {
      description = "${name} throws, crashes or times out. Look at its log."
      namespace   = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = function }
      statistic   = "Sum", above = 0, minutes = name == "dispatch" || name == "project" ? 3 : 2
    }
    "${name}-throttled" = {
      description = "${name} is refused for want of concurrency: another function takes the account's, or its reservation is too small."
      namespace   = "AWS/Lambda", metric = "Throttles", dimensions = { FunctionName = function }
      statistic   = "Sum", above = 0, minutes = 5
    }
  }]...)

  # Without this one, a batch that is given up while its destination fails would be lost in silence.
  consumer_alarms = { for name in setintersection(["dispatch", "project"], keys(var.functions)) :
    "${name}-destination-failed" => {
      description = "A batch of ${name} was given up and could not be written to the failures bucket. Its facts are in the archive: replay them."
      namespace   = "AWS/Lambda", metric = "DestinationDeliveryFailures", dimensions = { FunctionName = var.functions[name] }
      statistic   = "Sum", above = 0, minutes = 1
    }
  }

  delivery_alarms = { for key, stream in var.delivery_streams :
    "archive-${key}-late" => {
      description = "Firehose is late with ${key}: look at /aws/kinesisfirehose/${var.prefix}. The journal keeps what is missing."
      namespace   = "AWS/Firehose", metric = "DeliveryToS3.DataFreshness", dimensions = { DeliveryStreamName = stream }
      statistic   = "Maximum", above = 1800, minutes = 5
    }
  }

  # Firehose stops emitting DataFreshness while delivery is blocked entirely; then it stops reading as well, and falls behind in the journal.
  # A missing lag is no alarm either, because it does not tell a quiet journal from a stream that cannot be read. Dispatch reads the same one.
  reading_alarms = { for key, stream in var.delivery_streams :
    "archive-${key}-unread" => {
      description = "Firehose does not read the journal for ${key}: it is 30 minutes behind. Look at /aws/kinesisfirehose/${var.prefix}. The journal keeps what is missing."
      namespace   = "AWS/Firehose", metric = "KinesisMillisBehindLatest", dimensions = { DeliveryStreamName = stream }
      statistic   = "Maximum", above = 1800000, minutes = 5
    }
  }

  alarms = merge(local.api_alarms, local.journal_alarms, local.store_alarms, local.function_alarms,
  local.consumer_alarms, local.delivery_alarms, local.reading_alarms)
}

# A paused mapping invokes nothing, so that no metric of dispatch tells of it: what comes in does.
resource "aws_cloudwatch_metric_alarm" "dispatch_idle" {
  alarm_name          = "${var.prefix}-dispatch-idle"
  alarm_description   = "Events come in and dispatch is not invoked: it is paused, or its mapping is disabled. They wait in the journal: npm run resume."
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "idle"
    label       = "Facts that came in while dispatch was not invoked"
    expression  = "IF(FILL(invocations, 0) > 0, 0, FILL(received, 0))"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = {
      received    = { namespace = "AWS/Kinesis", name = "IncomingRecords", dimensions = { StreamName = var.stream_name } }
      invocations = { namespace = "AWS/Lambda", name = "Invocations", dimensions = { FunctionName = var.functions.dispatch } }
    }
    content {
      id = metric_query.key
      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        period      = 300
        stat        = "Sum"
      }
    }
  }
}

# Who is told, and of what.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix               = "orchestrator-test"
  account_id           = "123456789012"
  region               = "eu-west-1"
  kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/1"
  emails               = ["on-call@example.com"]
  functions            = { ingest = "f-ingest", dispatch = "f-dispatch" }
  api_id               = "api0000000"
  stream_name          = "journal"
  failures_bucket      = "failures"
  rate_per_second      = 100
  delivery_streams     = { facts = "d-facts", curated = "d-curated" }
  iterator_age_minutes = 15
}

run "alarms" {
  command = plan
  module {
    source = "./modules/observability"
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset([
      "api-5xx", "api-slow", "journal-throttled", "dispatch-behind", "target-not-well", "dead-letters", "spilled", "spill-left", "batch-given-up", "ingest-errors",
      "ingest-throttled", "dispatch-errors", "dispatch-throttled", "dispatch-destination-failed", "archive-facts-late", "archive-curated-late", "archive-facts-unread", "archive-curated-unread",
    ])
    error_message = "Each of these must be watched; what is not deployed must not."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"]) && alarm.treat_missing_data == "notBreaching"])
    error_message = "Every alarm must tell somebody, and silence is no alarm."
  }
  assert {
    condition = (
      toset(flatten([for query in aws_cloudwatch_metric_alarm.dispatch_idle.metric_query : [for metric in query.metric : metric.metric_name]])) == toset(["IncomingRecords", "Invocations"])
      && aws_cloudwatch_metric_alarm.dispatch_idle.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"])
    )
    error_message = "A forgotten pause must be told of."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["dispatch-errors"].evaluation_periods == 15 && aws_cloudwatch_metric_alarm.this["dispatch-errors"].datapoints_to_alarm == 3
    error_message = "A crash that comes back every few minutes must be told of."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["dispatch-behind"].period == 300 && aws_cloudwatch_metric_alarm.this["dispatch-behind"].evaluation_periods == 1
    error_message = "In an outage there is no age in every minute: five are judged together."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["spill-left"].period == 900 && aws_cloudwatch_metric_alarm.this["spill-left"].statistic == "Minimum" && aws_cloudwatch_metric_alarm.this["spill-left"].evaluation_periods == 1
    error_message = "What every run in 15 minutes leaves must be told of, however often recover runs."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["dispatch-behind"].metric_name == "IteratorAge" && aws_cloudwatch_metric_alarm.this["dispatch-behind"].threshold == 900000
    error_message = "IteratorAge is in milliseconds."
  }
  assert {
    condition = alltrue([for key, stream in { facts = "d-facts", curated = "d-curated" } : alltrue([for alarm in [aws_cloudwatch_metric_alarm.this["archive-${key}-unread"]] :
      alarm.metric_name == "KinesisMillisBehindLatest" && alarm.statistic == "Maximum" && alarm.threshold == 1800000 && alarm.period == 300 && alarm.evaluation_periods == 1 && alarm.dimensions == tomap({ DeliveryStreamName = stream })
    ])])
    error_message = "A delivery that is blocked entirely must be told of, though it has no freshness: its lag is in milliseconds."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["api-slow"].extended_statistic == "p99" && aws_cloudwatch_metric_alarm.this["api-slow"].statistic == null && aws_cloudwatch_metric_alarm.this["api-slow"].threshold == 500
    error_message = "The source's 500 ms must be watched at the 99th percentile."
  }
  assert {
    condition     = one(aws_s3_bucket_metric.writes.filter).prefix == "aws/lambda/"
    error_message = "Only what Lambda gives up is counted."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["batch-given-up"].dimensions == tomap({ BucketName = "failures", FilterId = aws_s3_bucket_metric.writes.name })
    error_message = "What is watched must be what S3 counts."
  }
  assert {
    condition     = length(aws_sns_topic_subscription.webhook) == 0 && length(aws_lambda_permission.webhook) == 0
    error_message = "Without a webhook nothing is invoked."
  }
  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn && aws_sns_topic_subscription.email["on-call@example.com"].protocol == "email"
    error_message = "Alarms must reach people, encrypted at rest."
  }
  assert {
    condition     = { for row in range(6) : row * 4 => length([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget if widget.y == row * 4 && widget.width == 6]) } == { 0 = 4, 4 = 4, 8 = 4, 12 = 4, 16 = 4, 20 = 4 }
    error_message = "The dashboard must show every stage, each in a row."
  }
}

run "with_a_webhook" {
  command = plan
  module {
    source = "./modules/observability"
  }
  variables {
    functions        = { ingest = "f-ingest", dispatch = "f-dispatch", alert = "f-alert" }
    webhook_function = { name = "f-alert", arn = "arn:aws:lambda:eu-west-1:123456789012:function:f-alert" }
  }

  assert {
    condition     = aws_sns_topic_subscription.webhook[0].protocol == "lambda" && aws_sns_topic_subscription.webhook[0].endpoint == var.webhook_function.arn && aws_sns_topic_subscription.webhook[0].topic_arn == aws_sns_topic.alarms.arn
    error_message = "Alarms must reach the webhook by the same topic as the e-mails."
  }
  assert {
    condition     = aws_lambda_permission.webhook[0].principal == "sns.amazonaws.com" && aws_lambda_permission.webhook[0].source_arn == aws_sns_topic.alarms.arn
    error_message = "Only this topic may invoke the function."
  }
  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.this), "alert-errors")
    error_message = "A webhook that takes nothing must be told of by e-mail."
  }
}

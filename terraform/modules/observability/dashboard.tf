# One screen, in the order an event takes: a row for each stage. `aws` are AWS's own metrics as the dashboard wants them; `own` are those of
# lib/metrics/vocabulary.ts (a test compares): with `by`, a line for each value of the dimension.

locals {
  outcomes = ["delivered", "duplicate", "throttled", "unavailable", "unknown", "unauthorized", "rejected"]
  reasons  = ["malformed", "rejected", "exhausted", "undecided"]
  refusals = ["tooLarge", "mediaType", "notJson", "invalid", "notDurable", "failed"]
  consumer = setintersection(["dispatch", "project"], keys(var.functions))

  rows = [
    # The way in
    [
      { title = "Requests", aws = [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", var.api_id, { stat = "Sum" }]], own = [] },
      { title = "From POST to 202 (ms)", aws = [for stat in ["p50", "p99", "Maximum"] : ["AWS/ApiGateway", "Latency", "ApiId", var.api_id, { stat = stat, label = stat }]], own = [] },
      { title = "Refused by ingest", aws = [], own = [{ service = "ingest", metric = "Refused", stat = "Sum", by = { reason = local.refusals } }] },
      { title = "Spilled, and brought back", aws = [], own = [
        { service = "ingest", metric = "Spilled", stat = "Sum" },
        { service = "recover", metric = "Recovered", stat = "Sum" },
        { service = "recover", metric = "SpillLeft", stat = "Maximum" },
      ] },
    ],
    # The journal
    [
      { title = "Journal: records in, and refused", aws = [for metric in ["IncomingRecords", "WriteProvisionedThroughputExceeded"] : ["AWS/Kinesis", metric, "StreamName", var.stream_name, { stat = "Sum" }]], own = [] },
      { title = "Age of what waits (ms)", aws = [for name in local.consumer : ["AWS/Lambda", "IteratorAge", "FunctionName", var.functions[name], { stat = "Maximum", label = name }]], own = [] },
      { title = "Lanes at work", aws = [["AWS/Lambda", "ConcurrentExecutions", "FunctionName", var.functions.dispatch, { stat = "Maximum" }]], own = [] },
      { title = "From receipt to first attempt (ms)", aws = [], own = [for stat in ["p50", "p99", "Maximum"] : { service = "dispatch", metric = "QueueTime", stat = stat }] },
    ],
    # Dispatch and the rate
    [
      { title = "Rate: calls a minute, of those booked", aws = [], own = [
        { service = "dispatch", metric = "Calls", stat = "Sum" },
        { service = "dispatch", metric = "Booked", stat = "Sum" },
      ] },
      { title = "Rate allowed, per second (the target's limit: ${var.rate_per_second})", aws = [], own = [
        { service = "dispatch", metric = "RateAllowed", stat = "Average" },
        { service = "dispatch", metric = "RateAllowed", stat = "Minimum" },
      ] },
      { title = "Calls that the target refused as too many", aws = [], own = [{ service = "dispatch", metric = "Throttled", stat = "Sum" }] },
      { title = "Circuit open (batches), and held (ms)", aws = [], own = [
        { service = "dispatch", metric = "TargetNotWell", stat = "Sum" },
        { service = "dispatch", metric = "HoldTime", stat = "Sum" },
      ] },
    ],
    # The target
    [
      { title = "Attempts by outcome", aws = [], own = [{ service = "dispatch", metric = "Attempts", stat = "Sum", by = { outcome = local.outcomes } }] },
      { title = "One call to the target (ms)", aws = [], own = [for stat in ["p50", "p99", "Maximum"] : { service = "dispatch", metric = "CallTime", stat = stat }] },
      { title = "From POST to delivered (ms)", aws = [], own = [for stat in ["p50", "p99", "Maximum"] : { service = "dispatch", metric = "DeliveryTime", stat = stat }] },
      { title = "Lookups, and ids that the target had already", aws = [], own = [
        { service = "dispatch", metric = "Lookups", stat = "Sum" },
        { service = "dispatch", metric = "Conflicts", stat = "Sum" },
      ] },
    ],
    # The ends of events
    [
      { title = "Delivered", aws = [], own = [{ service = "dispatch", metric = "Delivered", stat = "Sum" }] },
      { title = "Dead letters by reason", aws = [], own = [
        { service = "dispatch", metric = "DeadLetters", stat = "Sum" },
        { service = "dispatch", metric = "DeadLetters", stat = "Sum", by = { reason = local.reasons } },
      ] },
      { title = "Parked: events, and those due", aws = [], own = [
        { service = "recover", metric = "Parked", stat = "Maximum" },
        { service = "recover", metric = "ParkedDue", stat = "Maximum" },
        { service = "recover", metric = "NextDue", stat = "Minimum" },
      ] },
      { title = "Parked and released", aws = [["AWS/S3", "PutRequests", "BucketName", var.failures_bucket, "FilterId", "writes", { stat = "Sum", label = "given up (objects)" }]], own = [
        { service = "dispatch", metric = "Deferred", stat = "Sum" },
        { service = "recover", metric = "Released", stat = "Sum" },
      ] },
    ],
    # The archive, and the functions
    [
      { title = "Archive: age of what is not delivered yet (s)", aws = [for key, stream in var.delivery_streams : ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", stream, { stat = "Maximum", label = key }]], own = [] },
      { title = "Errors by function", aws = [for name, function in var.functions : ["AWS/Lambda", "Errors", "FunctionName", function, { stat = "Sum", label = name }]], own = [] },
      { title = "Throttled by function", aws = [for name, function in var.functions : ["AWS/Lambda", "Throttles", "FunctionName", function, { stat = "Sum", label = name }]], own = [] },
      { title = "Duration of dispatch (ms)", aws = [for stat in ["p50", "Maximum"] : ["AWS/Lambda", "Duration", "FunctionName", var.functions.dispatch, { stat = stat, label = stat }]], own = [] },
    ],
  ]

  widgets = flatten([for row, charts in local.rows : [for column, chart in charts : {
    type   = "metric"
    width  = 6
    height = 4
    x      = 6 * column
    y      = 4 * row
    properties = {
      title   = chart.title
      region  = var.region
      period  = 60
      metrics = concat([for line in chart.aws : line], [for line in local.own_lines[row][column] : jsondecode(line)])
    }
  }]])

  # The metrics of `own` as the dashboard wants them.
  own_lines = [for charts in local.rows : [for chart in charts : concat([], [for metric in chart.own :
    can(metric.by)
    ? flatten([for dimension, values in metric.by : [for value in values : jsonencode([var.prefix, metric.metric, "service", metric.service, dimension, value, { stat = metric.stat, label = value }])]])
    : [jsonencode([var.prefix, metric.metric, "service", metric.service, { stat = metric.stat, label = "${metric.metric} ${metric.stat}" }])]
  ]...)]]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({ widgets = local.widgets })
}

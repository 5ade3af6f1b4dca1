# One page, in the order an event takes.

locals {
  charts = [
    { title = "Requests", metrics = [for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", var.api_id, { stat = "Sum" }]] },
    { title = "Answer time (ms)", metrics = [for stat in ["p50", "p99", "Maximum"] : ["AWS/ApiGateway", "Latency", "ApiId", var.api_id, { stat = stat }]] },
    { title = "Journal: records in and refused", metrics = [for metric in ["IncomingRecords", "WriteProvisionedThroughputExceeded"] : ["AWS/Kinesis", metric, "StreamName", var.stream_name, { stat = "Sum" }]] },
    { title = "Spilled and given up", metrics = [for key, bucket in local.watched_buckets : ["AWS/S3", "PutRequests", "BucketName", bucket.name, "FilterId", "writes", { stat = "Sum", label = key }]] },
    { title = "Age of what waits (ms)", metrics = [for name in setintersection(["dispatch", "project"], keys(var.functions)) : ["AWS/Lambda", "IteratorAge", "FunctionName", var.functions[name], { stat = "Maximum" }]] },
    { title = "Dead letters", metrics = [[var.prefix, "DeadLetters", { stat = "Sum" }]] },
    { title = "Errors by function", metrics = [for function in values(var.functions) : ["AWS/Lambda", "Errors", "FunctionName", function, { stat = "Sum" }]] },
    { title = "Archive: age of what is not delivered yet (s)", metrics = [for stream in values(var.delivery_streams) : ["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", stream, { stat = "Maximum" }]] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({
    widgets = [for index, chart in local.charts : {
      type   = "metric"
      width  = 12
      height = 6
      x      = 12 * (index % 2)
      y      = 6 * floor(index / 2)
      properties = {
        title   = chart.title
        region  = var.region
        period  = 60
        metrics = chart.metrics
      }
    }]
  })
}

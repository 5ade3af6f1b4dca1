# Who is told, and of what. Every alarm means: an event is late, or needs a person. Missing data is calm, not alarm: an hour
# without events is none of ours.

resource "aws_sns_topic" "alarms" {
  name              = "${var.prefix}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

# The function is named only where there is a webhook. Lambda invokes it twice more where it fails, and the alarm of its errors goes to the e-mails.
resource "aws_sns_topic_subscription" "webhook" {
  count = var.webhook_function == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "lambda"
  endpoint  = var.webhook_function.arn
}

resource "aws_lambda_permission" "webhook" {
  count = var.webhook_function == null ? 0 : 1

  statement_id  = "alarms"
  action        = "lambda:InvokeFunction"
  function_name = var.webhook_function.name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.alarms.arn
}

# S3 counts requests only where it is asked to. Lambda writes what it gives up itself, so that no function can count it.
resource "aws_s3_bucket_metric" "writes" {
  bucket = var.failures_bucket
  name   = "writes"

  filter {
    prefix = "aws/lambda/"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = contains(local.judged_at_once, each.key) ? each.value.minutes * 60 : 60
  evaluation_periods  = contains(local.judged_at_once, each.key) ? 1 : lookup(local.judged_within, each.key, each.value.minutes)
  datapoints_to_alarm = contains(local.judged_at_once, each.key) ? 1 : each.value.minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

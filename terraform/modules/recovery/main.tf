# When recover runs: an object that arrives brings it at once, and the schedule finds what no notification brought.

resource "aws_lambda_permission" "spill_bucket" {
  statement_id   = "spill-bucket"
  action         = "lambda:InvokeFunction"
  function_name  = var.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = var.spill_bucket_arn
  source_account = var.account_id
}

resource "aws_s3_bucket_notification" "spill" {
  bucket = var.spill_bucket

  lambda_function {
    id                  = "spilled"
    lambda_function_arn = var.function_arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "spill/"
  }

  depends_on = [aws_lambda_permission.spill_bucket]
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${var.prefix}-recover"
  description         = "Looks for spilled facts"
  schedule_expression = var.schedule_minutes == 1 ? "rate(1 minute)" : "rate(${var.schedule_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "recover" {
  rule = aws_cloudwatch_event_rule.schedule.name
  arn  = var.function_arn
}

resource "aws_lambda_permission" "schedule" {
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = var.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.schedule.arn
}

# The spilled object itself is the queue, and the schedule the retry: repeating an invocation would only add to the load that
# made facts spill.
resource "aws_lambda_function_event_invoke_config" "recover" {
  function_name                = var.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60 * var.schedule_minutes
}

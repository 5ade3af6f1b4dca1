locals {
  alias = one(values(aws_lambda_alias.live))
}

output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "role_name" {
  description = "Name of its role."
  value       = aws_iam_role.this.name
}

output "live" {
  description = "What the API calls: the alias, and the URI to invoke it; null without alias."
  value = local.alias == null ? null : {
    function_name = local.alias.function_name
    qualifier     = local.alias.name
    invoke_arn    = local.alias.invoke_arn
  }
}

output "policy_arns" {
  description = "ARN of each policy: operator and analyst."
  value       = { for name, policy in aws_iam_policy.this : name => policy.arn }
}

output "read_facts" {
  description = "The statements that let an audit or a trace read facts, and nothing else."
  value       = local.read_facts
}

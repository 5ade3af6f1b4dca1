output "role_arns" {
  description = "ARN of each role: plan, deploy and audit."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}

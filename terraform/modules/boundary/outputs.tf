output "arn" {
  description = "The permissions boundary of every role of the deployed system; known before it is made."
  value       = "arn:aws:iam::${var.account_id}:policy/${var.prefix}-boundary"
  depends_on  = [aws_iam_policy.this]
}

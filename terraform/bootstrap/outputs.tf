output "backend" {
  description = "Content of terraform/environments/<environment>.s3.tfbackend."
  value       = <<-EOT
    bucket     = "${module.state.name}"
    key        = "${local.state_key}"
    region     = "${var.region}"
    kms_key_id = "${aws_kms_key.state.arn}"
  EOT
}

output "role_arns" {
  description = "For the workflows: the repository's variables AWS_PLAN_ROLE_<ENVIRONMENT> and AWS_AUDIT_ROLE_<ENVIRONMENT>, and the environment's variable AWS_DEPLOY_ROLE."
  value       = one([for role in module.ci_role : role.role_arns])
}

output "policy_arns" {
  description = "To attach to people's roles: operator (the project's commands) and analyst (queries of the archive)."
  value       = module.people.policy_arns
}

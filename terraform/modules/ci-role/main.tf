# What the workflows may do in this account: a role that plans (reads, and takes the state's lock), one that deploys, and one that
# audits (reads events). GitHub proves by OIDC which repository, branch or environment a job belongs to; no key is stored.

locals {
  issuer = "token.actions.githubusercontent.com"

  # Who may take which role. A job with an environment has that as its subject, so the environment's approval guards deploying.
  subjects = {
    plan   = ["repo:${var.repository}:pull_request", "repo:${var.repository}:ref:refs/heads/main"]
    audit  = ["repo:${var.repository}:ref:refs/heads/main"]
    deploy = ["repo:${var.repository}:environment:${var.environment}"]
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.prefix}-ci-${each.key}"
  description          = "GitHub workflows of ${var.repository}: ${each.key}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        }
      }
    }]
  })
}

# Reading configuration is AWS's own list, which follows the services; reading data is taken away again below.
resource "aws_iam_role_policy_attachment" "plan_reads" {
  role       = aws_iam_role.this["plan"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role_policy" "plan" {
  name   = "state-but-no-data"
  role   = aws_iam_role.this["plan"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.state_statements.plan, local.no_data_statements) })
}

resource "aws_iam_role_policy" "audit" {
  name   = "read-facts"
  role   = aws_iam_role.this["audit"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.audit_statements, local.state_statements.audit) })
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.this["deploy"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.deploy_statements, local.state_statements.deploy) })
}

resource "aws_iam_role_policy" "deploy_limits" {
  name   = "never-delete-data"
  role   = aws_iam_role.this["deploy"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.no_deletion_statements, local.no_data_statements) })
}

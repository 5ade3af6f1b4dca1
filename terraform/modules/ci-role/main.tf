# The roles of the workflows: one plans (reads the configuration of this stack, and takes the state's lock), one deploys, one audits
# (reads events). No key is stored: GitHub proves by OIDC to which repository, branch and environment a job belongs (trust.tf).
#
# What a workflow cannot do is a person's work: to make the stores of events and the key, to change what protects them, and to delete
# them (limits.tf).

resource "aws_iam_role" "this" {
  for_each = local.trust

  name                 = "${var.prefix}-ci-${each.key}"
  description          = "GitHub workflows of ${var.repository}: ${each.key}"
  max_session_duration = 3600
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

# IAM takes 6,144 characters of a managed policy, so the statements are spread over several.
locals {
  statements_of_each = 9

  policies = merge([for name, statements in { read = local.reading, write = local.writing } : {
    for number, chunk in chunklist([for statement in statements : jsonencode(statement)], local.statements_of_each) : "${name}-${number + 1}" => chunk
  }]...)

  attachments = merge([for role, kinds in { plan = ["read"], deploy = ["read", "write"] } : {
    for policy in keys(local.policies) : "${role}-${policy}" => { role = role, policy = policy } if contains(kinds, split("-", policy)[0])
  }]...)
}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  name        = "${var.prefix}-ci-${each.key}"
  description = "What workflows may ${split("-", each.key)[0]} of ${var.prefix}"
  policy      = "{\"Version\":\"2012-10-17\",\"Statement\":[${join(",", each.value)}]}"
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.attachments

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}

resource "aws_iam_role_policy" "state" {
  for_each = local.state

  name   = "state"
  role   = aws_iam_role.this[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_role_policy" "audit" {
  name   = "read-facts"
  role   = aws_iam_role.this["audit"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.read_facts })
}

resource "aws_iam_role_policy" "limits" {
  for_each = { plan = local.no_data, deploy = concat(local.no_data, local.no_deletion, local.no_escalation) }

  name   = "limits"
  role   = aws_iam_role.this[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

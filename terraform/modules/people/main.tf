# Policies for people, to attach to the roles or groups of an account: an operator runs the project's commands, an analyst asks the
# archive. Neither can change what is deployed, delete data or read a secret.

resource "aws_iam_policy" "this" {
  for_each = {
    operator = concat(local.read_facts, local.read_state, local.operate, local.observe)
    analyst  = local.analyse
  }

  name        = "${var.prefix}-${each.key}"
  description = "What an ${each.key} of ${var.prefix} may do"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

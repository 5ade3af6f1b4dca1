# What workflows may do.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix            = "orchestrator-test"
  environment       = "prod"
  repository        = "acme/orchestrator"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  account_id        = "123456789012"
  region            = "eu-west-1"
  state_bucket      = "state"
  state_key         = "orchestrator-test/terraform.tfstate"
  state_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
}

run "who_may_take_which_role" {
  command = plan
  module {
    source = "./modules/ci-role"
  }

  assert {
    condition = { for name, role in aws_iam_role.this : name => jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"] } == {
      plan   = ["repo:acme/orchestrator:pull_request", "repo:acme/orchestrator:ref:refs/heads/main"]
      audit  = ["repo:acme/orchestrator:ref:refs/heads/main"]
      deploy = ["repo:acme/orchestrator:environment:prod"]
    }
    error_message = "Pull requests may plan; only main may audit; only a job of the environment, which somebody approves, may deploy."
  }
  assert {
    condition     = alltrue([for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"])
    error_message = "The token must be meant for AWS."
  }
  assert {
    condition     = alltrue([for policy in [aws_iam_role_policy.plan.policy, aws_iam_role_policy.deploy_limits.policy] : length([for statement in jsondecode(policy).Statement : statement if statement.Sid == "NoEvents" && statement.Effect == "Deny"]) == 1])
    error_message = "Neither planning nor deploying may read events."
  }
  assert {
    condition     = alltrue([for sid in ["KeepTheJournal", "KeepTheBuckets", "KeepTheKeys"] : length([for statement in jsondecode(aws_iam_role_policy.deploy_limits.policy).Statement : statement if statement.Sid == sid && statement.Effect == "Deny"]) == 1])
    error_message = "A workflow must not be able to delete data."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Resource if anytrue([for action in flatten([statement.Action]) : startswith(action, "dynamodb:")])] == [["arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-dispatch", "arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-events"]]
    error_message = "The deploying role must manage the two tables, and no other."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.audit.policy).Statement : [statement.Action, statement.Resource] if anytrue([for action in flatten([statement.Action]) : startswith(action, "dynamodb:")])] == [[["dynamodb:Query"], ["arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-events", "arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-events/index/open"]], [["dynamodb:Scan", "dynamodb:DescribeTable"], ["arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-events"]], [["dynamodb:Scan"], ["arn:aws:dynamodb:eu-west-1:123456789012:table/orchestrator-test-dispatch"]]]
    error_message = "The auditing role must ask the status table and compare it with the archive, read how far dispatch is, and write nothing."
  }
  assert {
    condition     = !anytrue([for action in flatten([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Action]) : endswith(action, "Item")])
    error_message = "The deploying role must change no item: neither when dispatch may call the target, nor where an event stands."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Sid if contains(statement.Resource, "*")] == ["Unnamed"]
    error_message = "Only calls that name no resource may be allowed on all."
  }
  assert {
    condition     = !strcontains(join(" ", flatten([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Resource if statement.Sid == "Roles"])), "-ci-")
    error_message = "A workflow must not widen its own role."
  }
  assert {
    condition     = length(aws_iam_role_policy.deploy.policy) + length(aws_iam_role_policy.deploy_limits.policy) <= 10240
    error_message = "IAM takes at most 10,240 characters of policies inside a role."
  }
  assert {
    condition     = !strcontains(jsonencode([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Resource if statement.Sid == "Buckets"]), "terraform")
    error_message = "The state's bucket is not the workflows' to change."
  }
}

# The roles of the workflows. What their policies come to is evaluated in test/terraform/access.ts, against a table of attempts.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  prefix              = "orchestrator-test"
  environment         = "prod"
  repository          = "acme/orchestrator"
  repository_id       = "456"
  repository_owner_id = "123"
  oidc_provider_arn   = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  account_id          = "123456789012"
  region              = "eu-west-1"
  state_bucket        = "state"
  state_key           = "orchestrator-test/terraform.tfstate"
  state_kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/1"
  boundary_arn        = "arn:aws:iam::123456789012:policy/orchestrator-test-boundary"
  read_facts          = [{ Sid = "ReadFacts", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::orchestrator-test-archive-123456789012/*"] }]
  api_id              = "api0000000"
}

run "who_may_take_which_role" {
  command = plan
  module {
    source = "./modules/ci-role"
  }

  assert {
    condition = { for name, role in aws_iam_role.this : name => flatten([for statement in jsondecode(role.assume_role_policy).Statement : statement.Condition.StringEquals["token.actions.githubusercontent.com:sub"]]) } == {
      plan   = ["repo:acme/orchestrator:pull_request", "repo:acme@123/orchestrator@456:pull_request", "repo:acme/orchestrator:ref:refs/heads/main", "repo:acme@123/orchestrator@456:ref:refs/heads/main"]
      audit  = ["repo:acme/orchestrator:ref:refs/heads/main", "repo:acme@123/orchestrator@456:ref:refs/heads/main"]
      deploy = ["repo:acme/orchestrator:environment:prod", "repo:acme@123/orchestrator@456:environment:prod"]
    }
    error_message = "Pull requests may plan; only main may audit; only a job of the environment, which a person approves, may deploy. Subjects come with and without ids."
  }
  assert {
    condition = alltrue(flatten([for role in aws_iam_role.this : [for statement in jsondecode(role.assume_role_policy).Statement :
      statement.Condition.StringEquals["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com" &&
      statement.Condition.StringEquals["token.actions.githubusercontent.com:repository_id"] == "456"
    ]]))
    error_message = "The token must be meant for AWS, and come from the repository with this id: names can be taken over."
  }
  assert {
    condition = alltrue(flatten([for role in aws_iam_role.this : [for statement in jsondecode(role.assume_role_policy).Statement : [for claims in values(statement.Condition) : [for claim in keys(claims) :
      contains([for name in ["aud", "sub", "repository_id", "ref", "environment"] : "token.actions.githubusercontent.com:${name}"], claim)
    ]]]]))
    error_message = "A condition on a claim of which AWS makes no key refuses every token."
  }
  assert {
    condition     = flatten([for statement in local.no_deletion : statement.Resource if statement.Sid == "KeepTheApi"]) == ["arn:aws:apigateway:eu-west-1::/apis/api0000000"]
    error_message = "The workflow must be unable to delete the API itself, and nothing else of it."
  }
  assert {
    condition     = [for statement in local.writing : statement.Sid if contains(statement.Resource, "*")] == ["AccessLog", "NewMappings"] && [for statement in local.reading : statement.Sid if contains(statement.Resource, "*")] == ["ReadEverywhere"]
    error_message = "Only calls that name no resource may be allowed on all."
  }
  assert {
    condition     = !strcontains(jsonencode([for statement in concat(local.writing, local.reading) : statement.Resource]), "-ci-") && !strcontains(jsonencode([for statement in local.writing : statement.Resource]), "terraform")
    error_message = "A workflow must change neither its own role nor the state's bucket."
  }
  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144]) && length([for key in keys(aws_iam_role_policy_attachment.this) : key if startswith(key, "deploy-")]) <= 10 && length(aws_iam_role_policy.limits["deploy"].policy) + length(aws_iam_role_policy.state["deploy"].policy) <= 10240
    error_message = "IAM takes at most 6,144 characters of a managed policy, ten of these for a role, and 10,240 characters inside it."
  }
  assert {
    condition     = length([for statement in local.writing : statement if statement.Sid == "Records"]) == 0
    error_message = "Without a domain there is nothing to do in Route 53."
  }
}

run "with_a_domain" {
  command = plan
  module {
    source = "./modules/ci-role"
  }
  variables {
    prefix      = "orchestrator-of-acme-production"
    environment = "production"
    domain      = { name = "events.example.com", zone_id = "Z123" }
  }

  assert {
    condition     = flatten([for statement in local.no_deletion : statement.Resource if statement.Sid == "KeepTheApi"]) == ["arn:aws:apigateway:eu-west-1::/apis/api0000000", "arn:aws:apigateway:eu-west-1::/domainnames/events.example.com"]
    error_message = "The workflow must be unable to delete the domain name as well."
  }
  assert {
    condition     = [for statement in local.writing : statement.Condition.StringEquals if statement.Sid == "MappingTags"] == [{ "aws:ResourceTag/Application" = "orchestrator-of-acme", "aws:ResourceTag/Environment" = "production" }]
    error_message = "The tags of a mapping are guarded by the root's default tags."
  }

  assert {
    condition     = [for statement in local.writing : statement.Resource if statement.Sid == "Records"] == [["arn:aws:route53:::hostedzone/Z123"]] && contains([for statement in local.writing : statement.Resource if statement.Sid == "Api"][0], "arn:aws:apigateway:eu-west-1::/domainnames/events.example.com")
    error_message = "With a domain, the workflow may change that domain name and its zone's records."
  }
  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144]) && length(aws_iam_role_policy.limits["deploy"].policy) + length(aws_iam_role_policy.state["deploy"].policy) <= 10240
    error_message = "IAM takes at most 6,144 characters of a managed policy, and 10,240 characters inside a role."
  }
}

run "before_there_is_an_api" {
  command = plan
  module {
    source = "./modules/ci-role"
  }
  variables {
    api_id = null
  }

  assert {
    condition     = !strcontains(jsonencode(concat(local.writing, local.reading)), "apigateway:GET") && !strcontains(jsonencode(local.writing), "apigateway:POST")
    error_message = "Without an id, the workflows may touch no API: the account may have others."
  }
  assert {
    condition     = length([for statement in local.no_deletion : statement if statement.Sid == "KeepTheApi"]) == 0
    error_message = "IAM takes no statement without a resource."
  }
}

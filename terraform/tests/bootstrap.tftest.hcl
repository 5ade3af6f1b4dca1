# What has to be there before the first deployment.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment = "test"
  region      = "eu-west-1"
}

run "state_only" {
  command = plan
  module {
    source = "./bootstrap"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.role_arns == null
    error_message = "Without a repository there is no role for workflows."
  }
  assert {
    condition     = toset(keys(output.policy_arns)) == toset(["operator", "analyst"])
    error_message = "People have their policies, with or without workflows."
  }
  assert {
    condition     = aws_kms_key.state.enable_key_rotation && strcontains(output.backend, "orchestrator-test/terraform.tfstate")
    error_message = "The state must be encrypted, and where the backend looks for it."
  }
}

run "with_workflows" {
  command = plan
  module {
    source = "./bootstrap"
  }
  variables {
    repository          = "acme/orchestrator"
    repository_id       = "456"
    repository_owner_id = "123"
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github["this"].client_id_list == toset(["sts.amazonaws.com"]) && toset(keys(output.role_arns)) == toset(["plan", "deploy", "audit"])
    error_message = "Workflows get their roles by OIDC."
  }
}

run "provider_exists_already" {
  command = plan
  module {
    source = "./bootstrap"
  }
  variables {
    repository          = "acme/orchestrator"
    repository_id       = "456"
    repository_owner_id = "123"
    oidc_provider_arn   = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account can have one provider only."
  }
}

run "a_pattern_of_repositories" {
  command = plan
  module {
    source = "./bootstrap"
  }
  variables {
    repository          = "acme/*"
    repository_id       = "456"
    repository_owner_id = "123"
  }
  expect_failures = [var.repository]
}

run "a_repository_without_its_ids" {
  command = plan
  module {
    source = "./bootstrap"
  }
  variables {
    repository = "acme/orchestrator"
  }
  expect_failures = [var.repository]
}

run "a_pattern_of_apis" {
  command = plan
  module {
    source = "./bootstrap"
  }
  variables {
    api_id = "*"
  }
  expect_failures = [var.api_id]
}

run "the_policies_fit" {
  command = plan
  module {
    source = "./modules/people"
  }
  variables {
    prefix            = "orchestrator-of-acme-production"
    account_id        = "123456789012"
    state_bucket      = "orchestrator-of-acme-production-terraform-123456789012"
    state_key         = "orchestrator-of-acme-production/terraform.tfstate"
    state_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.this : length(policy.policy) <= 6144])
    error_message = "IAM takes at most 6,144 characters of a managed policy."
  }
}

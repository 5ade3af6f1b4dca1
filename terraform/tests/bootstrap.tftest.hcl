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
    repository = "acme/orchestrator"
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
    repository        = "acme/orchestrator"
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
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
    repository = "acme/*"
  }
  expect_failures = [var.repository]
}

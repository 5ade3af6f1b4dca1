# Who may take which role. Ids stay when a repository or its owner is renamed, and no other repository can get them; the subject is checked as
# well, because AWS refuses a trust in GitHub without it. It has two forms: repositories made, renamed or moved since mid-2026 have ids in it.
# https://docs.github.com/en/actions/reference/security/oidc

locals {
  issuer = "token.actions.githubusercontent.com"

  owner_and_name = split("/", var.repository)
  repositories = [
    "repo:${var.repository}",
    "repo:${local.owner_and_name[0]}@${var.repository_owner_id}/${local.owner_and_name[1]}@${var.repository_id}",
  ]

  main = "refs/heads/main"

  jobs = {
    # A pull request's job has no environment; its ref is the merge of the pull request. A fork gets no token from GitHub.
    plan = [
      { subject = "pull_request", equals = {}, like = { ref = "refs/pull/*/merge" } },
      { subject = "ref:${local.main}", equals = { ref = local.main }, like = {} },
    ]
    audit = [
      { subject = "ref:${local.main}", equals = { ref = local.main }, like = {} },
    ]
    # A job with an environment has that as its subject, so the environment's approval guards deploying; and only main is deployed.
    deploy = [
      { subject = "environment:${var.environment}", equals = { environment = var.environment, ref = local.main }, like = {} },
    ]
  }

  trust = { for role, jobs in local.jobs : role => [for job in jobs : {
    Effect    = "Allow"
    Principal = { Federated = var.oidc_provider_arn }
    Action    = "sts:AssumeRoleWithWebIdentity"
    Condition = merge(
      {
        StringEquals = merge(
          {
            "${local.issuer}:aud"                 = "sts.amazonaws.com"
            "${local.issuer}:sub"                 = [for repository in local.repositories : "${repository}:${job.subject}"]
            "${local.issuer}:repository_id"       = var.repository_id
            "${local.issuer}:repository_owner_id" = var.repository_owner_id
          },
          { for claim, value in job.equals : "${local.issuer}:${claim}" => value },
        )
      },
      length(job.like) > 0 ? { StringLike = { for claim, pattern in job.like : "${local.issuer}:${claim}" => pattern } } : {},
    )
  }] }
}

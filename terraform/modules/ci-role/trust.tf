# Who may take which role. The repository's id stays when it is renamed, and no other repository can get it; the subject is checked as
# well, because AWS refuses a trust in GitHub without it. It has two forms: repositories made, renamed or moved since mid-2026 have ids in it,
# the owner's among them. The claim repository_owner_id is not compared: it is not among the keys that AWS sets from GitHub's claims (aud, sub, actor,
# actor_id, job_workflow_ref, repository, repository_id, workflow, ref, environment, enterprise_id), and a condition on a key that is not set refuses every token.
# https://docs.github.com/en/actions/reference/security/oidc
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html

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
            "${local.issuer}:aud"           = "sts.amazonaws.com"
            "${local.issuer}:sub"           = [for repository in local.repositories : "${repository}:${job.subject}"]
            "${local.issuer}:repository_id" = var.repository_id
          },
          { for claim, value in job.equals : "${local.issuer}:${claim}" => value },
        )
      },
      length(job.like) > 0 ? { StringLike = { for claim, pattern in job.like : "${local.issuer}:${claim}" => pattern } } : {},
    )
  }] }
}

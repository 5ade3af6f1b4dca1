terraform {
  required_version = ">= 1.11" # S3's own lock file, and tests that override during plan

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The rest comes from environments/<name>.s3.tfbackend: terraform init -backend-config=environments/dev.s3.tfbackend
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

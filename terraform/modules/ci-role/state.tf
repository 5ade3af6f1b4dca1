# Terraform's state: read by all three roles, locked by two, written by one.

locals {
  state_object = "arn:aws:s3:::${var.state_bucket}/${var.state_key}"

  state = { for role, actions in { plan = ["s3:GetObject"], audit = ["s3:GetObject"], deploy = ["s3:GetObject", "s3:PutObject"] } :
    role => concat(
      [
        { Sid = "FindTheState", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::${var.state_bucket}"] },
        { Sid = "UseTheState", Effect = "Allow", Action = actions, Resource = [local.state_object] },
        { Sid = "UseTheStatesKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.state_kms_key_arn] },
      ],
      role == "audit" ? [] : [
        { Sid = "LockTheState", Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = ["${local.state_object}.tflock"] },
      ],
    )
  }
}

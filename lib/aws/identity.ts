/** Who calls AWS and where, for processes that do not run on AWS. */
export interface AwsIdentity {
  region: string;
  /** Where absent, the SDK finds them as the AWS CLI does. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Who calls AWS and where, for processes that do not run on AWS. */
export interface AwsIdentity {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

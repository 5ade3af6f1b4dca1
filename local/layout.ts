import { join } from 'node:path';
import type { AwsIdentity } from '../lib/aws/identity.ts';

/** The names of the local run, which Terraform's outputs say on AWS. */
export const NAMES = {
  stream: 'orchestrator-journal',
  archiveBucket: 'orchestrator-archive',
  failuresBucket: 'orchestrator-failures',
  spillBucket: 'orchestrator-spill',
  apiKeysSecret: 'orchestrator/api-keys',
  targetCredentialSecret: 'orchestrator/target-credential',
  otlpHeadersSecret: 'orchestrator/otlp-headers',
  dispatchFunction: 'orchestrator-dispatch',
  dispatchTable: 'orchestrator-dispatch',
  deliveryStream: 'orchestrator-archive',
  mappingUuid: '0c4a2f6e-5d3b-4b8a-9f57-6d1e2c7b8a90',
  projectMappingUuid: '7d0e6a51-93c4-4c1f-8a2b-2f6b5e9c1d34',
  statusTable: 'orchestrator-events',
  timestreamDatabase: 'orchestrator',
  timestreamTable: 'facts',
  metricsNamespace: 'orchestrator',
} as const;

export const ACCOUNT_ID = '000000000000';

/** Emulators take any credentials; these are what the AWS CLI needs to be told, too. */
export const IDENTITY: AwsIdentity = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

export const STREAM_ARN = `arn:aws:kinesis:${IDENTITY.region}:${ACCOUNT_ID}:stream/${NAMES.stream}`;

export type Paths = ReturnType<typeof pathsOf>;

/** Returns the paths in the data folder. */
export function pathsOf(dataDir: string) {
  return {
    targetDatabase: join(dataDir, 'target.sqlite'),
    dispatchCheckpoints: join(dataDir, 'checkpoints', 'dispatch.json'),
    projectCheckpoints: join(dataDir, 'checkpoints', 'project.json'),
    dispatchState: join(dataDir, 'checkpoints', 'dispatch-state.json'),
    archiveCheckpoints: join(dataDir, 'checkpoints', 'archive.json'),
    bucket: (name: string) => join(dataDir, 's3', 'buckets', name, 'objects'),
    replays: join(dataDir, 'replays'),
    /** Bundles with another target contract than the default; `dist/` serves the runs beside this one. */
    bundles: join(dataDir, 'bundles'),
    logs: join(dataDir, 'logs'),
    log: (name: string) => join(dataDir, 'logs', `${name}.log`),
  };
}

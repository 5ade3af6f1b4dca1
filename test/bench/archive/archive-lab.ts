import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createKinesisClient } from '../../../lib/aws/kinesis-client.ts';
import { createS3Client } from '../../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { ObjectStore } from '../../../lib/object-store.ts';
import { startEmulators } from '../../../local/emulators/start-emulators.ts';
import { startLambdaApi } from '../../../local/lambda-api.ts';
import { IDENTITY, NAMES } from '../../../local/layout.ts';
import { type Endpoints, endpointsPath } from '../../../scripts/endpoints.ts';

/** The stores of a pipeline, and nothing that changes them: a place to read archives in. */
export interface ArchiveLab {
  /** For `--data-dir`. */
  dataDir: string;
  s3Url: string;
  archive: ObjectStore;
  stop(): Promise<void>;
}

export async function startArchiveLab(): Promise<ArchiveLab> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-archive-'));
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir });
  const kinesis = createKinesisClient({ endpoint: emulators.kinesisUrl, identity: IDENTITY });
  const s3 = createS3Client({ endpoint: emulators.s3Url, identity: IDENTITY });
  await ensureStream(kinesis, { name: NAMES.stream, shardCount: 1 }, systemClock);
  const buckets = [NAMES.archiveBucket, NAMES.failuresBucket, NAMES.spillBucket];
  await Promise.all(buckets.map((bucket) => ensureBucket(s3, bucket)));
  const lambda = await startLambdaApi({
    port: 0,
    mappingUuid: NAMES.mappingUuid,
    mapping: {
      read: () => ({ state: 'Enabled', changedAtMs: 0 }),
      setEnabled: async () => true,
      stop: async () => undefined,
    },
    functionName: NAMES.dispatchFunction,
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${NAMES.dispatchFunction}`,
    environment: { TARGET_RATE_PER_SECOND: '100' },
  });
  const endpoints: Endpoints = {
    ready: true,
    api: '',
    target: '',
    metrics: '',
    console: '',
    kinesis: emulators.kinesisUrl,
    s3: emulators.s3Url,
    lambda: lambda.url,
    stream: NAMES.stream,
    archiveBucket: NAMES.archiveBucket,
    failuresBucket: NAMES.failuresBucket,
    spillBucket: NAMES.spillBucket,
    secretsManager: '',
    apiKeysSecret: '',
    timestream: '',
    statusTable: null,
    dynamoDb: '',
    dispatchTable: '',
    dispatchFunctionName: NAMES.dispatchFunction,
    dispatchMappingUuid: NAMES.mappingUuid,
    archiveBufferSeconds: 60,
    apiKey: '',
    region: IDENTITY.region,
    dataDir,
  };
  await writeFile(endpointsPath(dataDir), JSON.stringify(endpoints));
  return {
    dataDir,
    s3Url: emulators.s3Url,
    archive: createS3ObjectStore({ client: s3, bucket: NAMES.archiveBucket }),
    async stop() {
      await lambda.close();
      kinesis.destroy();
      s3.destroy();
      await emulators.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

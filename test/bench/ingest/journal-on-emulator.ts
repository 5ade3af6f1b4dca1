import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createKinesisClient } from '../../../lib/aws/kinesis-client.ts';
import { createS3Client } from '../../../lib/aws/s3-client.ts';
import { systemClock } from '../../../lib/clock.ts';
import { startEmulators } from '../../../local/emulators/start-emulators.ts';
import { IDENTITY, NAMES } from '../../../local/layout.ts';

/** The stream and the spill bucket on emulators, and what the ingest function needs to know of them. */
export async function startJournal() {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-journal-'));
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir: folder });
  const { kinesisUrl, s3Url } = emulators;
  const kinesis = createKinesisClient({ endpoint: kinesisUrl, identity: IDENTITY, maxAttempts: 1 });
  const s3 = createS3Client({ endpoint: s3Url, identity: IDENTITY });
  await ensureStream(kinesis, { name: NAMES.stream, shardCount: 1 }, systemClock);
  await ensureBucket(s3, NAMES.spillBucket);
  return {
    kinesis,
    emulators,
    environment: {
      STREAM_NAME: NAMES.stream,
      KINESIS_ENDPOINT: kinesisUrl,
      SPILL_BUCKET: NAMES.spillBucket,
      S3_ENDPOINT: s3Url,
    },
    async stop() {
      await emulators.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

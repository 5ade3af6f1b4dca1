import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createKinesisStreamReader } from '../../../lib/aws/kinesis-stream-reader.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../../lib/clock.ts';
import { createFileCheckpoints } from '../../../local/delivery-stream/checkpoints.ts';
import { createDeliveryStream } from '../../../local/delivery-stream/delivery-stream.ts';
import { clientsOf, putRecord, startTestEmulators, temporaryFolder } from './test-emulators.ts';

test('delivers a stream to a bucket, once each over a restart of everything', async () => {
  const dataDir = await temporaryFolder();
  const sent: string[] = [];
  const delivered: string[] = [];
  for (let life = 0; life < 2; life++) {
    const emulators = await startTestEmulators(dataDir);
    const { kinesis, s3 } = clientsOf(emulators);
    await ensureStream(kinesis, { name: 'journal', shardCount: 2 }, systemClock);
    await ensureBucket(s3, 'archive');
    const objects = createS3ObjectStore({ client: s3, bucket: 'archive' });
    const delivery = createDeliveryStream({
      name: 'journal-archive',
      reader: createKinesisStreamReader({ client: kinesis, streamName: 'journal' }),
      objects,
      checkpoints: createFileCheckpoints(join(dataDir, 'delivery.json')),
      clock: systemClock,
      onError: (error) => {
        throw error;
      },
    });
    await delivery.start();
    for (let n = 0; n < 100; n++) {
      const text = JSON.stringify({ life, n });
      await putRecord(emulators.kinesisUrl, { stream: 'journal', text });
      sent.push(text);
    }
    await delivery.stop();
    delivered.length = 0;
    for await (const { key } of objects.list('facts/')) {
      const body = gunzipSync((await objects.get(key)) ?? '');
      delivered.push(...body.toString().trimEnd().split('\n'));
    }
    await emulators.stop();
  }
  expect(delivered.sort()).toEqual(sent.sort());
});

import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, it, onTestFinished } from 'vitest';
import { ensureStream } from '../../lib/aws/ensure-stream.ts';
import { createKinesisClient } from '../../lib/aws/kinesis-client.ts';
import { systemClock } from '../../lib/clock.ts';
import { startEmulators } from '../../local/emulators/start-emulators.ts';
import { createFunction } from '../../local/lambda/function.ts';
import { IDENTITY } from '../../local/layout.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { countingProxy } from '../support/counting-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('appends 20 events one after the other over one connection', async () => {
  const folder = await temporaryFolder('connections');
  const emulators = await startEmulators({ kinesisPort: 0, s3Port: 0, dataDir: folder });
  onTestFinished(emulators.stop);
  const client = createKinesisClient({ endpoint: emulators.kinesisUrl, identity: IDENTITY });
  await ensureStream(client, { name: 'journal', shardCount: 1 }, systemClock);
  client.destroy();

  const connections = await countingProxy(emulators.kinesisUrl);
  const bundles = await buildHandlers(join(folder, 'dist'));
  const ingest = createFunction({
    name: 'ingest',
    bundle: bundles.find(({ name }) => name === 'ingest')?.path ?? '',
    timeoutMs: 5000,
    memoryMb: 256,
    maxEnvironments: 1,
    environment: {
      STREAM_NAME: 'journal',
      KINESIS_ENDPOINT: connections.url,
      SPILL_BUCKET: 'spill',
      S3_ENDPOINT: emulators.s3Url,
    },
  });
  onTestFinished(() => ingest.stop());

  for (let index = 0; index < 20; index++) {
    const result = await ingest.invoke(requestOf({ id: `e-${index}` }));
    expect(result).toMatchObject({ ok: true, value: { statusCode: 202 } });
  }
  expect(connections.count()).toBe(1);
});

function requestOf(event: { id: string }): Partial<APIGatewayProxyEventV2> {
  const body = JSON.stringify({ ...event, name: 'n', body: 'b', timestamp: 1_767_225_600 });
  return {
    version: '2.0',
    headers: { 'content-type': 'application/json' },
    body,
    isBase64Encoded: false,
  };
}

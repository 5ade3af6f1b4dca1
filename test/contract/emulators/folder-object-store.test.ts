import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import { createFolderObjectStore } from '../../../local/folder-object-store.ts';
import { pathsOf } from '../../../local/layout.ts';
import { clientsOf, collect, startTestEmulators, temporaryFolder } from './test-emulators.ts';

test('finds in the data folder what S3 was given, whatever the keys look like', async () => {
  const dataDir = await temporaryFolder();
  const emulators = await startTestEmulators(dataDir);
  const { s3 } = clientsOf(emulators);
  await ensureBucket(s3, 'archive');
  const objects = createS3ObjectStore({ client: s3, bucket: 'archive' });
  const keys = [
    'aws/lambda/u/shardId-000000000000/2026/03/01/2026-03-01T12.00.00-x',
    'facts/dt=2026-03-01/hh=12/a b+ü:%.gz',
    'facts/dt=2026-03-01/hh=12/b.gz',
    'facts/dt=2026-03-02/hh=00/c.gz',
  ];
  for (const key of keys) await objects.put(key, `in ${key}`, { contentType: 'text/plain' });
  const listed = await collect(objects.list(''));
  await emulators.stop();

  const folder = createFolderObjectStore(pathsOf(dataDir).bucket('archive'));
  const found = await collect(folder.list(''));
  expect(found.map(({ key, size }) => ({ key, size }))).toEqual(
    listed.map(({ key, size }) => ({ key, size })),
  );
  const partition = await collect(folder.list('facts/dt=2026-03-01/hh=12/'));
  expect(partition.map(({ key }) => key)).toEqual(keys.slice(1, 3));
  expect(await collect(folder.list('facts/dt=2026-04-01/'))).toEqual([]);
  for (const key of keys) {
    expect(Buffer.from((await folder.get(key)) ?? []).toString()).toBe(`in ${key}`);
    const chunks = await collect((await folder.stream(key)) ?? Readable.from([]));
    expect(Buffer.concat(chunks).toString()).toBe(`in ${key}`);
  }
  expect([await folder.get('nothing'), await folder.stream('nothing')]).toEqual([
    undefined,
    undefined,
  ]);
  await expect(folder.put('key', 'x', { contentType: 'text/plain' })).rejects.toThrow(
    /only be read/,
  );
});

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createKinesisStreamReader } from '../../../lib/aws/kinesis-stream-reader.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { StreamReader } from '../../../lib/ports.ts';
import type { Emulators } from '../../../local/emulators/start-emulators.ts';
import {
  callKinesis,
  clientsOf,
  collect,
  putRecord,
  startTestEmulators,
  temporaryFolder,
} from './test-emulators.ts';

const OBJECT = { contentType: 'text/plain' };

describe('killed in the middle of writes', () => {
  test('Kinesis keeps every acknowledged record, and goes on', async () => {
    const dataDir = await temporaryFolder();
    const acknowledged: string[] = [];
    for (let life = 0; life < 3; life++) {
      const emulators = await startTestEmulators(dataDir);
      const { kinesis } = clientsOf(emulators);
      await ensureStream(kinesis, { name: 'journal', shardCount: 3 }, systemClock);
      const writers = [1, 2, 3, 4].map((writer) =>
        writeUntilKilled(async (n) => {
          const text = `${life}-${writer}-${n}`;
          await putRecord(emulators.kinesisUrl, { stream: 'journal', text });
          acknowledged.push(text);
        }),
      );
      const goal = acknowledged.length + 300;
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(goal);
      await killHard(emulators);
      await Promise.all(writers);
    }

    const { kinesis } = clientsOf(await startTestEmulators(dataDir));
    const reader = createKinesisStreamReader({ client: kinesis, streamName: 'journal' });
    const stored = await readAll(reader);
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((text) => !stored.includes(text))).toEqual([]);
  });

  test('S3 keeps every acknowledged object, the replaced ones whole', async () => {
    const dataDir = await temporaryFolder();
    const acknowledged = new Map<string, string>();
    for (let life = 0; life < 3; life++) {
      const emulators = await startTestEmulators(dataDir);
      const { s3 } = clientsOf(emulators);
      await ensureBucket(s3, 'archive');
      const objects = createS3ObjectStore({ client: s3, bucket: 'archive' });
      const writers = [1, 2, 3, 4].map((writer) =>
        writeUntilKilled(async (n) => {
          const text = `${life}-${writer}-${n} `.repeat(1 + (n % 7) * 1_000);
          for (const key of [`facts/${life}/${writer}-${n}.txt`, `latest-${writer}`]) {
            await objects.put(key, text, OBJECT);
            acknowledged.set(key, text);
          }
        }),
      );
      const goal = acknowledged.size + 100;
      await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(goal);
      await killHard(emulators);
      await Promise.all(writers);
    }

    const { s3 } = clientsOf(await startTestEmulators(dataDir));
    const objects = createS3ObjectStore({ client: s3, bucket: 'archive' });
    const lost: string[] = [];
    for (const [key, text] of acknowledged) {
      const stored = Buffer.from((await objects.get(key)) ?? []).toString();
      // A replacement that was under way may have happened, but then as a whole.
      const isKept = key.startsWith('latest-') ? /^(\d-\d-\d+ )\1*$/.test(stored) : stored === text;
      if (!isKept) lost.push(key);
    }
    expect(lost).toEqual([]);
  });
});

describe('after a crash', () => {
  test('a stream that was being created can be created', async () => {
    const dataDir = await temporaryFolder();
    const first = await startTestEmulators(dataDir);
    await callKinesis(first.kinesisUrl, 'CreateStream', { StreamName: 'journal', ShardCount: 2 });
    await killHard(first);

    const { kinesis } = clientsOf(await startTestEmulators(dataDir));
    const spec = { name: 'journal', shardCount: 2 };
    expect(await ensureStream(kinesis, spec, systemClock)).toMatchObject({ openShards: 2 });
  });

  test('a stream that was being split is active', async () => {
    const dataDir = await temporaryFolder();
    const first = await startTestEmulators(dataDir);
    const spec = { name: 'journal', shardCount: 1 };
    await ensureStream(clientsOf(first).kinesis, spec, systemClock);
    await callKinesis(first.kinesisUrl, 'SplitShard', {
      StreamName: 'journal',
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: '170141183460469231731687303715884105728',
    });
    await killHard(first);

    const second = await startTestEmulators(dataDir);
    expect(await ensureStream(clientsOf(second).kinesis, spec, systemClock)).toMatchObject({
      created: false,
    });
  });

  test('half an object is no object, and a half replaced one is described anew', async () => {
    const dataDir = await temporaryFolder();
    const first = await startTestEmulators(dataDir);
    const before = createS3ObjectStore({ client: clientsOf(first).s3, bucket: 'archive' });
    await ensureBucket(clientsOf(first).s3, 'archive');
    for (const key of ['kept', 'deleted', 'replaced']) await before.put(key, key, OBJECT);
    await first.stop();
    const folder = join(dataDir, 's3/buckets/archive/objects');
    await rm(join(folder, 'deleted.data'));
    await writeFile(join(folder, 'created.data'), 'body without description');
    await writeFile(join(folder, 'replaced.data'), 'a longer body');
    await writeFile(join(folder, 'cut.data.unfinished'), 'bo');

    const second = await startTestEmulators(dataDir);
    const after = createS3ObjectStore({ client: clientsOf(second).s3, bucket: 'archive' });
    const listed = await collect(after.list(''));
    expect(listed.map(({ key }) => key)).toEqual(['kept', 'replaced']);
    expect(Buffer.from((await after.get('replaced')) ?? []).toString()).toBe('a longer body');
    expect((await readdir(folder)).sort()).toEqual([
      ...['kept.data', 'kept.meta.json', 'replaced.data', 'replaced.meta.json'],
    ]);
    expect(JSON.parse(await readFile(join(folder, 'kept.meta.json'), 'utf8')).key).toBe('kept');
  });
});

/** Writes until the other side is gone, which is how every one of these loops ends. */
async function writeUntilKilled(write: (n: number) => Promise<void>): Promise<void> {
  try {
    for (let n = 0; ; n++) await write(n);
  } catch {}
}

async function killHard(emulators: Emulators): Promise<void> {
  process.kill(emulators.pid, 'SIGKILL');
  expect(await emulators.exited).toMatchObject({ signal: 'SIGKILL' });
}

async function readAll(reader: StreamReader): Promise<string[]> {
  const texts: string[] = [];
  for (const { shardId } of await reader.listShards()) {
    let iterator: string | undefined = await reader.open(shardId, { type: 'TRIM_HORIZON' });
    for (let isAtTip = false; !isAtTip && iterator !== undefined; ) {
      const page = await reader.read(iterator, 500);
      texts.push(...page.records.map(({ data }) => Buffer.from(data).toString()));
      iterator = page.nextIterator;
      isAtTip = page.millisBehindLatest === 0;
    }
  }
  return texts;
}

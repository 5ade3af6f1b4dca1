import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureBucket } from '../../../lib/aws/ensure-bucket.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import type { ObjectStore } from '../../../lib/object-store.ts';
import {
  clientsOf,
  collect,
  startSharedEmulators,
  startTestEmulators,
  temporaryFolder,
} from './test-emulators.ts';

const JSON_OBJECT = { contentType: 'application/json' };

let s3: ReturnType<typeof clientsOf>['s3'];
let s3Url: string;
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  s3Url = emulators.s3Url;
  s3 = clientsOf(emulators).s3;
  return end;
});

/** Every test has a bucket of its own. */
let objects: ObjectStore;
beforeEach(async () => {
  const bucket = `archive-${crypto.randomUUID()}`;
  await ensureBucket(s3, bucket);
  objects = createS3ObjectStore({ client: s3, bucket });
});

test('returns the very bytes that were put, text and compressed ones', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  const gzip = { contentType: 'application/octet-stream', contentEncoding: 'gzip' };
  await objects.put('facts/dt=2026-01-01/hh=00/a b+ü.gz', bytes, gzip);
  await objects.put('text.json', '{"ü":1}', JSON_OBJECT);
  expect(await objects.get('facts/dt=2026-01-01/hh=00/a b+ü.gz')).toEqual(bytes);
  expect(Buffer.from((await objects.get('text.json')) ?? []).toString()).toBe('{"ü":1}');
});

test('streams an object, and what is not read is not waited for', async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 256);
  await objects.put('large', bytes, JSON_OBJECT);
  const whole = await objects.stream('large');
  expect(Buffer.concat(await collect(whole ?? Readable.from([])))).toEqual(Buffer.from(bytes));
  const part = await objects.stream('large');
  for await (const chunk of part ?? []) {
    expect((chunk as Buffer).byteLength).toBeLessThan(bytes.byteLength);
    break;
  }
  expect(await objects.stream('nothing')).toBeUndefined();
});

test('replaces an object', async () => {
  await objects.put('key', 'a longer text', JSON_OBJECT);
  await objects.put('key', 'short', JSON_OBJECT);
  expect(Buffer.from((await objects.get('key')) ?? []).toString()).toBe('short');
});

test('has nothing under a key that is free, and deletes it without complaint', async () => {
  expect(await objects.get('nothing')).toBeUndefined();
  await objects.put('something', '', JSON_OBJECT);
  await objects.delete('something');
  await objects.delete('something');
  expect(await objects.get('something')).toBeUndefined();
});

test('lists what lies under a prefix, over several pages', async () => {
  await objects.put('other/0', 'x', JSON_OBJECT);
  const keys = Array.from({ length: 1_050 }, (_, n) => `spill/${String(n).padStart(4, '0')}`);
  const queue = [...keys];
  const putAll = async () => {
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      await objects.put(key, 'text', JSON_OBJECT);
    }
  };
  await Promise.all(Array.from({ length: 8 }, putAll));

  const listed = await collect(objects.list('spill/'));
  expect(listed.map(({ key }) => key)).toEqual(keys);
  expect(listed[0]).toEqual({ key: 'spill/0000', size: 4, lastModified: expect.any(Date) });
  expect(await collect(objects.list('nowhere/'))).toEqual([]);
});

test('says when the bucket is missing', async () => {
  const missing = createS3ObjectStore({ client: s3, bucket: 'missing' });
  await expect(missing.put('key', '', JSON_OBJECT)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test.each([
  '/archive/../../../evil',
  '/archive/..%2f..%2f..%2fevil',
  '/archive/a/%2E%2e/b',
  '/archive/..%5c..%5cevil',
])('refuses a key that climbs out of its bucket: %s', async (path) => {
  const { hostname, port } = new URL(s3Url);
  const status = await new Promise((resolve, reject) => {
    const put = request({ hostname, port, path, method: 'PUT' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    put.on('error', reject);
    put.end('x');
  });
  expect(status).toBe(400);
});

test('takes dots that are no step up', async () => {
  await objects.put('a..b/...c', 'kept', JSON_OBJECT);
  expect(Buffer.from((await objects.get('a..b/...c')) ?? []).toString()).toBe('kept');
});

test('says what is wrong with its folder, as S3 words errors', async () => {
  const dataDir = await temporaryFolder();
  const { s3: own } = clientsOf(await startTestEmulators(dataDir));
  await ensureBucket(own, 'broken');
  const folder = join(dataDir, 's3', 'buckets', 'broken', 'objects');
  await rm(folder, { recursive: true, force: true });
  await writeFile(folder, 'a file where a folder should be');
  const broken = createS3ObjectStore({ client: own, bucket: 'broken' });
  const error: Error = await broken.put('key', 'x', JSON_OBJECT).then(
    () => new Error('it was stored'),
    (reason: Error) => reason,
  );
  expect(error.message).toContain(`The S3 emulator cannot use ${dataDir}: E`);
  expect(error.name).toBe('InternalError');
});

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startKinesisEmulator } from '../../../local/kinesis/kinesis-emulator.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { callKinesis } from '../emulators/test-emulators.ts';

interface ShardDescription {
  ShardId: string;
  ParentShardId?: string;
  AdjacentParentShardId?: string;
  HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
  SequenceNumberRange: { EndingSequenceNumber?: string };
}
interface Page {
  Records: { Data: string; PartitionKey: string; SequenceNumber: string }[];
  NextShardIterator?: string;
  MillisBehindLatest: number;
}
interface Put {
  ShardId: string;
  SequenceNumber: string;
}

const HALF = 2n ** 127n;
const FIRST = 'shardId-000000000000';

let url: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kinesis-'));
  const emulator = await startKinesisEmulator({ port: 0, path: folder });
  url = emulator.url;
  return async () => {
    await emulator.close();
    await rm(folder, { recursive: true });
  };
});

let stream: string;
beforeEach(() => {
  stream = `s-${crypto.randomUUID()}`;
});

const call = <Answer = unknown>(operation: string, input: object = {}) =>
  callKinesis<Answer>(url, operation, { StreamName: stream, ...input });
const record = (text: string, more: object = {}) => ({
  PartitionKey: text.slice(0, 200),
  Data: Buffer.from(text).toString('base64'),
  ...more,
});
const put = (text: string, more: object = {}) => call<Put>('PutRecord', record(text, more));

async function create(ShardCount: number): Promise<void> {
  await call('CreateStream', { ShardCount });
  await active();
}

async function active(): Promise<void> {
  const status = async () =>
    (await call<{ StreamDescriptionSummary: { StreamStatus: string } }>('DescribeStreamSummary'))
      .StreamDescriptionSummary.StreamStatus;
  await expect.poll(status, { timeout: 5000 }).toBe('ACTIVE');
}

const shards = async () => (await call<{ Shards: ShardDescription[] }>('ListShards')).Shards;

async function iterator(ShardId: string, ShardIteratorType: string, more: object = {}) {
  const input = { ShardId, ShardIteratorType, ...more };
  return (await call<{ ShardIterator: string }>('GetShardIterator', input)).ShardIterator;
}

const page = (ShardIterator: string, Limit = 1000) =>
  callKinesis<Page>(url, 'GetRecords', { ShardIterator, Limit });
const texts = ({ Records }: Page) =>
  Records.map(({ Data }) => Buffer.from(Data, 'base64').toString());
const readFrom = async (type: string, more: object = {}) =>
  texts(await page(await iterator(FIRST, type, more)));

describe('streams', () => {
  it('are made once, described, listed and deleted', async () => {
    await create(2);
    await expect(call('CreateStream', { ShardCount: 1 })).rejects.toThrow(/ResourceInUseException/);
    const { StreamDescriptionSummary } = await call<{ StreamDescriptionSummary: object }>(
      'DescribeStreamSummary',
    );
    expect(StreamDescriptionSummary).toMatchObject({
      StreamName: stream,
      OpenShardCount: 2,
      RetentionPeriodHours: 24,
    });
    const { StreamNames } = await call<{ StreamNames: string[] }>('ListStreams', {
      StreamName: undefined,
    });
    expect(StreamNames).toContain(stream);
    await call('DeleteStream');
    await expect
      .poll(() => call('DescribeStreamSummary').catch(String), { timeout: 5000 })
      .toMatch(/ResourceNotFoundException/);
  });

  it('keep records for longer when told so', async () => {
    await create(1);
    await call('IncreaseStreamRetentionPeriod', { RetentionPeriodHours: 48 });
    expect(await call('DescribeStreamSummary')).toMatchObject({
      StreamDescriptionSummary: { RetentionPeriodHours: 48 },
    });
    await expect(
      call('IncreaseStreamRetentionPeriod', { RetentionPeriodHours: 25 }),
    ).rejects.toThrow(/InvalidArgumentException/);
    await call('DecreaseStreamRetentionPeriod', { RetentionPeriodHours: 24 });
  });

  it('have shards of even ranges, listed page by page', async () => {
    await create(3);
    const all = await shards();
    const ranges = all.map(({ HashKeyRange: { StartingHashKey, EndingHashKey } }) => [
      BigInt(StartingHashKey),
      BigInt(EndingHashKey),
    ]);
    expect(ranges[0]?.[0]).toBe(0n);
    expect(ranges[2]?.[1]).toBe(2n ** 128n - 1n);
    for (const n of [1, 2]) expect(ranges[n]?.[0]).toBe((ranges[n - 1]?.[1] ?? 0n) + 1n);
    const first = await call<{ Shards: ShardDescription[]; NextToken: string }>('ListShards', {
      MaxResults: 2,
    });
    const rest = await callKinesis<{ Shards: ShardDescription[] }>(url, 'ListShards', {
      NextToken: first.NextToken,
    });
    expect([...first.Shards, ...rest.Shards].map(({ ShardId }) => ShardId)).toEqual(
      all.map(({ ShardId }) => ShardId),
    );
  });
});

describe('appending', () => {
  it('goes by the MD5 of the partition key, or by an explicit hash key', async () => {
    await create(4);
    const ranges = await shards();
    for (const key of Array.from({ length: 40 }, (_, n) => `key-${n}-é`)) {
      const hash = BigInt(`0x${createHash('md5').update(key).digest('hex')}`);
      const expected = ranges.find(
        ({ HashKeyRange: { StartingHashKey, EndingHashKey } }) =>
          hash >= BigInt(StartingHashKey) && hash <= BigInt(EndingHashKey),
      );
      expect((await put(key)).ShardId).toBe(expected?.ShardId);
    }
    for (const [n, { ShardId, HashKeyRange }] of ranges.entries()) {
      const ExplicitHashKey = n % 2 ? HashKeyRange.StartingHashKey : HashKeyRange.EndingHashKey;
      expect((await put('same', { ExplicitHashKey })).ShardId).toBe(ShardId);
    }
  });

  it('gives numbers that grow', async () => {
    await create(1);
    const numbers: bigint[] = [];
    for (let n = 0; n < 20; n++) numbers.push(BigInt((await put(`r-${n}`)).SequenceNumber));
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(numbers).size).toBe(20);
  });

  it('takes many at once, in order', async () => {
    await create(1);
    const Records = Array.from({ length: 500 }, (_, n) => record(`r-${n}`));
    expect(await call('PutRecords', { Records })).toMatchObject({
      FailedRecordCount: 0,
      Records: { length: 500 },
    });
    expect(await readFrom('TRIM_HORIZON')).toEqual(Records.map((_, n) => `r-${n}`));
  });

  it('keeps every byte', async () => {
    await create(1);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
    await call('PutRecord', { PartitionKey: '鍵 🗝', Data: bytes.toString('base64') });
    const [kept] = (await page(await iterator(FIRST, 'TRIM_HORIZON'))).Records;
    expect(kept).toMatchObject({ PartitionKey: '鍵 🗝', Data: bytes.toString('base64') });
  });

  it.each([
    ['no record', { Records: [] }],
    ['501 records', { Records: Array.from({ length: 501 }, () => record('r')) }],
    ['a record of more than 1 MiB', { Records: [record('x'.repeat(1024 * 1024 + 1))] }],
    ['a key of 257 characters', { Records: [record('r', { PartitionKey: 'k'.repeat(257) })] }],
    ['an empty key', { Records: [record('r', { PartitionKey: '' })] }],
    [
      'a hash key beyond 2^128',
      { Records: [record('r', { ExplicitHashKey: String(2n ** 128n) })] },
    ],
    ['a hash key that is no number', { Records: [record('r', { ExplicitHashKey: 'x' })] }],
    [
      'more than 5 MiB',
      { Records: Array.from({ length: 6 }, () => record('x'.repeat(1_000_000))) },
    ],
  ])('refuses %s, whole', async (_, input) => {
    await create(1);
    await expect(call('PutRecords', input)).rejects.toThrow(
      /ValidationException|InvalidArgumentException/,
    );
    expect(await readFrom('TRIM_HORIZON')).toEqual([]);
  });

  it('refuses a stream that is not there', async () => {
    await expect(put('r')).rejects.toThrow(/ResourceNotFoundException/);
  });
});

describe('iterators', () => {
  it('start where they are told', async () => {
    await create(1);
    const [, second] = [await put('one'), await put('two'), await put('three')];
    const StartingSequenceNumber = second?.SequenceNumber;
    expect(await readFrom('TRIM_HORIZON')).toEqual(['one', 'two', 'three']);
    expect(await readFrom('AT_SEQUENCE_NUMBER', { StartingSequenceNumber })).toEqual([
      'two',
      'three',
    ]);
    expect(await readFrom('AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber })).toEqual(['three']);
    const latest = await iterator(FIRST, 'LATEST');
    await put('four');
    expect(texts(await page(latest))).toEqual(['four']);
  });

  it('go on where the page before ended, and may be used again', async () => {
    await create(1);
    for (const text of ['one', 'two', 'three']) await put(text);
    const first = await page(await iterator(FIRST, 'TRIM_HORIZON'), 2);
    expect(texts(first)).toEqual(['one', 'two']);
    const next = first.NextShardIterator ?? '';
    expect(texts(await page(next))).toEqual(['three']);
    expect(texts(await page(next))).toEqual(['three']);
  });

  it('at the tip see what comes later', async () => {
    await create(1);
    let next = await iterator(FIRST, 'TRIM_HORIZON');
    for (const text of ['one', 'two', 'three']) {
      const empty = await page(next);
      expect(empty.Records).toEqual([]);
      await put(text);
      const full = await page(empty.NextShardIterator ?? '');
      expect(texts(full)).toEqual([text]);
      next = full.NextShardIterator ?? '';
    }
  });

  it('miss nothing that is being written while they read', async () => {
    await create(1);
    const seen: string[] = [];
    let next = await iterator(FIRST, 'LATEST');
    const sent = Array.from({ length: 400 }, (_, n) => `r-${n}`);
    const sending = Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (const text of sent.filter((_, n) => n % 4 === writer)) await put(text);
      }),
    );
    let isSent = false;
    void sending.then(() => {
      isSent = true;
    });
    for (let isLast = false; !isLast; ) {
      isLast = isSent;
      const read: Page = await page(next);
      seen.push(...texts(read));
      next = read.NextShardIterator ?? '';
    }
    await sending;
    expect(seen.toSorted()).toEqual(sent.toSorted());
  });

  it.each([
    ['a type that is none', { ShardIteratorType: 'NOW' }],
    [
      'a number that is none',
      { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: 'x' },
    ],
    ['a time to come', { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: Date.now() / 1000 + 3600 }],
  ])('refuse %s', async (_, input) => {
    await create(1);
    await expect(call('GetShardIterator', { ShardId: FIRST, ...input })).rejects.toThrow(
      /ValidationException|InvalidArgumentException/,
    );
  });

  it('refuse an iterator that is none', async () => {
    await expect(page('nonsense')).rejects.toThrow(/InvalidArgumentException/);
  });
});

describe('resharding', () => {
  it('sends what comes to the children, and lets the parents be read to their end', async () => {
    await create(1);
    await put('before');
    await call('SplitShard', { ShardToSplit: FIRST, NewStartingHashKey: String(HALF) });
    await active();
    const [low, high] = await Promise.all([
      put('low', { ExplicitHashKey: '1' }),
      put('high', { ExplicitHashKey: String(HALF) }),
    ]);
    const [parent, left, right] = await shards();
    expect([low.ShardId, high.ShardId]).toEqual([left?.ShardId, right?.ShardId]);
    expect(parent?.SequenceNumberRange.EndingSequenceNumber).toBeDefined();
    expect([left?.ParentShardId, right?.ParentShardId]).toEqual([FIRST, FIRST]);
    expect(BigInt(low.SequenceNumber)).toBeGreaterThan(
      BigInt(parent?.SequenceNumberRange.EndingSequenceNumber ?? 0),
    );
    let next: string | undefined = await iterator(FIRST, 'TRIM_HORIZON');
    const seen: string[] = [];
    await expect
      .poll(
        async () => {
          if (next === undefined) return undefined;
          const read: Page = await page(next);
          seen.push(...texts(read));
          next = read.NextShardIterator;
          return next;
        },
        { timeout: 10_000 },
      )
      .toBeUndefined();
    expect(seen).toEqual(['before']);

    await call('MergeShards', {
      ShardToMerge: left?.ShardId,
      AdjacentShardToMerge: right?.ShardId,
    });
    await active();
    expect((await shards()).at(-1)).toMatchObject({
      ParentShardId: left?.ShardId,
      AdjacentParentShardId: right?.ShardId,
      HashKeyRange: { StartingHashKey: '0', EndingHashKey: String(2n ** 128n - 1n) },
    });
  });

  it('refuses what cannot be', async () => {
    await create(3);
    const [one, two, three] = (await shards()).map(({ ShardId }) => ShardId);
    const split = (ShardToSplit: unknown, NewStartingHashKey: string) =>
      call('SplitShard', { ShardToSplit, NewStartingHashKey });
    await expect(split(one, String(2n ** 128n - 1n))).rejects.toThrow(/InvalidArgumentException/);
    await expect(split('shardId-000000000009', '5')).rejects.toThrow(/ResourceNotFoundException/);
    await expect(
      call('MergeShards', { ShardToMerge: one, AdjacentShardToMerge: three }),
    ).rejects.toThrow(/InvalidArgumentException/);
    await call('MergeShards', { ShardToMerge: one, AdjacentShardToMerge: two });
    await active();
    await expect(split(one, '5')).rejects.toThrow(/InvalidArgumentException/);
  });
});

it('says what it does not do', async () => {
  await expect(call('EnableEnhancedMonitoring')).rejects.toThrow(/UnknownOperationException/);
});

it('says that a body is no JSON', async () => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams' },
    body: '{',
  });
  expect({ status: response.status, ...(await response.json()) }).toMatchObject({
    status: 400,
    __type: 'SerializationException',
  });
});

it('returns an empty page now and then when told so, and says that it is behind', async () => {
  const emulator = await startKinesisEmulator({
    port: 0,
    path: await temporaryFolder('kinesis'),
    emptyPageEvery: 3,
  });
  onTestFinished(() => emulator.close());
  const ask = <Answer>(operation: string, input: object) =>
    callKinesis<Answer>(emulator.url, operation, { StreamName: 's', ...input });
  await ask('CreateStream', { ShardCount: 1 });
  await ask('PutRecords', { Records: ['a', 'b', 'c', 'd'].map((text) => record(text)) });
  let { ShardIterator } = await ask<{ ShardIterator: string }>('GetShardIterator', {
    ShardId: FIRST,
    ShardIteratorType: 'TRIM_HORIZON',
  });
  const pages: [records: number, isBehind: boolean][] = [];
  for (let page = 0; page < 6; page++) {
    const answer = await callKinesis<{
      Records: object[];
      NextShardIterator: string;
      MillisBehindLatest: number;
    }>(emulator.url, 'GetRecords', { ShardIterator, Limit: 1 });
    pages.push([answer.Records.length, answer.MillisBehindLatest > 0]);
    ShardIterator = answer.NextShardIterator;
  }
  expect(pages).toEqual([
    [1, true],
    [1, true],
    [0, true],
    [1, true],
    [1, false],
    [0, false],
  ]);
});

it('holds shards to the limits of AWS when told so', async () => {
  const limited = await startKinesisEmulator({
    port: 0,
    path: await temporaryFolder('kinesis'),
    hasLimits: true,
  });
  onTestFinished(() => limited.close());
  const ask = <Answer>(operation: string, input: object) =>
    callKinesis<Answer>(limited.url, operation, { StreamName: 's', ...input });
  await ask('CreateStream', { ShardCount: 1 });
  const Records = Array.from({ length: 5 }, () => record('x'.repeat(300_000)));
  const { FailedRecordCount, Records: answers } = await ask<{
    FailedRecordCount: number;
    Records: object[];
  }>('PutRecords', { Records });
  expect(FailedRecordCount).toBe(2);
  expect(answers[4]).toMatchObject({ ErrorCode: 'ProvisionedThroughputExceededException' });
  const { ShardIterator } = await ask<{ ShardIterator: string }>('GetShardIterator', {
    ShardId: FIRST,
    ShardIteratorType: 'LATEST',
  });
  const reads = await Promise.allSettled(
    Array.from({ length: 6 }, () => callKinesis(limited.url, 'GetRecords', { ShardIterator })),
  );
  expect(reads.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});

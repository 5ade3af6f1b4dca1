import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureStream } from '../../../lib/aws/ensure-stream.ts';
import { createKinesisStreamReader } from '../../../lib/aws/kinesis-stream-reader.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { StreamReader } from '../../../lib/ports.ts';
import {
  callKinesis,
  clientsOf,
  putRecord,
  startSharedEmulators,
} from '../emulators/test-emulators.ts';

const FIRST_SHARD = 'shardId-000000000000';

let kinesisUrl: string;
let kinesis: ReturnType<typeof clientsOf>['kinesis'];
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  kinesisUrl = emulators.kinesisUrl;
  kinesis = clientsOf(emulators).kinesis;
  return end;
});

/** Every test has a stream of its own. */
let stream: string;
let reader: StreamReader;
beforeEach(async () => {
  stream = `journal-${crypto.randomUUID()}`;
  await ensureStream(kinesis, { name: stream, shardCount: 1 }, systemClock);
  reader = createKinesisStreamReader({ client: kinesis, streamName: stream });
});

const put = (text: string) => putRecord(kinesisUrl, { stream, text });
const textsOf = ({ records }: { records: { data: Uint8Array }[] }) =>
  records.map(({ data }) => Buffer.from(data).toString());

describe('reading', () => {
  test('goes page by page, in order, and says how far it is behind', async () => {
    for (const text of ['one', 'two', 'three']) await put(text);
    const first = await reader.read(await reader.open(FIRST_SHARD, { type: 'TRIM_HORIZON' }), 2);
    expect(textsOf(first)).toEqual(['one', 'two']);
    expect(first.millisBehindLatest).toBeGreaterThan(0);
    expect(first.records[0]).toMatchObject({ shardId: FIRST_SHARD, partitionKey: 'one' });
    expect(Math.abs(Date.now() - (first.records[0]?.approximateArrivalMs ?? 0))).toBeLessThan(
      60_000,
    );

    const second = await reader.read(first.nextIterator ?? '', 2);
    expect(textsOf(second)).toEqual(['three']);
    expect(second.millisBehindLatest).toBe(0);
  });

  test('goes on after a sequence number', async () => {
    const { SequenceNumber: sequenceNumber } = await put('one');
    await put('two');
    const position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber } as const;
    expect(textsOf(await reader.read(await reader.open(FIRST_SHARD, position), 10))).toEqual([
      'two',
    ]);
  });

  test('from LATEST sees only what comes', async () => {
    await put('one');
    const iterator = await reader.open(FIRST_SHARD, { type: 'LATEST' });
    await put('two');
    expect(textsOf(await reader.read(iterator, 10))).toEqual(['two']);
  });

  test.each([
    { name: 'before every record', offsetMs: -60_000, texts: ['one', 'two'] },
    { name: 'after every record', offsetMs: 0, texts: ['two'] },
  ])('starts at a time $name', async ({ offsetMs, texts }) => {
    await put('one');
    const timestampMs = (await untilNextMillisecond()) + offsetMs;
    const iterator = await reader.open(FIRST_SHARD, { type: 'AT_TIMESTAMP', timestampMs });
    await put('two');
    expect(textsOf(await reader.read(iterator, 10))).toEqual(texts);
  });

  test('starts at a time in an empty shard', async () => {
    const timestampMs = Date.now() - 1;
    const iterator = await reader.open(FIRST_SHARD, { type: 'AT_TIMESTAMP', timestampMs });
    await put('one');
    expect(textsOf(await reader.read(iterator, 10))).toEqual(['one']);
  });

  test('answers with at most 10 MiB', async () => {
    for (let n = 0; n < 12; n++) await put(`${n % 10}`.repeat(1_000_000));
    const page = await reader.read(
      await reader.open(FIRST_SHARD, { type: 'TRIM_HORIZON' }),
      10_000,
    );
    expect(page.records).toHaveLength(10);
    expect(page.millisBehindLatest).toBeGreaterThan(0);
    expect((await reader.read(page.nextIterator ?? '', 10_000)).records).toHaveLength(2);
  });

  test.each([
    ['of a shard that is not there', 'ResourceNotFoundException', 'shardId-000000000009'],
    ['of a shard id that is none', 'ResourceNotFoundException', 'nonsense'],
  ])('refuses an iterator %s', async (_, name, shardId) => {
    for (const type of ['TRIM_HORIZON', 'AT_TIMESTAMP'] as const) {
      const opened = reader.open(shardId, { type, timestampMs: Date.now() - 1 });
      await expect(opened).rejects.toMatchObject({ name });
    }
  });
});

test('splits and merges; ended shards are read to their end', async () => {
  const { SequenceNumber: sequenceNumber } = await put('before');
  await reshard('SplitShard', {
    ShardToSplit: FIRST_SHARD,
    NewStartingHashKey: '170141183460469231731687303715884105728',
  });
  await reshard('MergeShards', {
    ShardToMerge: 'shardId-000000000001',
    AdjacentShardToMerge: 'shardId-000000000002',
  });
  expect(await reader.listShards()).toEqual([
    { shardId: FIRST_SHARD, parentShardIds: [], closed: true },
    { shardId: 'shardId-000000000001', parentShardIds: [FIRST_SHARD], closed: true },
    { shardId: 'shardId-000000000002', parentShardIds: [FIRST_SHARD], closed: true },
    {
      shardId: 'shardId-000000000003',
      parentShardIds: ['shardId-000000000001', 'shardId-000000000002'],
      closed: false,
    },
  ]);
  expect(await put('after')).toMatchObject({ ShardId: 'shardId-000000000003' });

  const position = { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber } as const;
  let iterator: string | undefined = await reader.open(FIRST_SHARD, position);
  const readOn = async () => {
    if (iterator !== undefined) iterator = (await reader.read(iterator, 10)).nextIterator;
    return iterator;
  };
  await expect.poll(readOn, { timeout: 10_000 }).toBeUndefined();
});

describe('a client that hangs up', () => {
  test('in the middle of a request does not bring the emulator down', async () => {
    const { hostname, port } = new URL(kinesisUrl);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: kinesis\r\nContent-Length: 1000\r\n\r\n{"Stre');
    await put('one');
    socket.destroy();
    expect(await put('two')).toMatchObject({ ShardId: FIRST_SHARD });
  });

  test('while it waits for the answer does not either', async () => {
    for (let n = 0; n < 50; n++) {
      const controller = new AbortController();
      const record = { StreamName: stream, PartitionKey: 'a', Data: 'YQ==' };
      const call = callKinesis(kinesisUrl, 'PutRecord', record, controller.signal);
      setImmediate(() => controller.abort());
      await call.catch(() => undefined);
    }
    expect(await put('two')).toMatchObject({ ShardId: FIRST_SHARD });
  });
});

async function reshard(operation: string, input: object): Promise<void> {
  await callKinesis(kinesisUrl, operation, { StreamName: stream, ...input });
  const status = async () => {
    const answer = await callKinesis<{ StreamDescriptionSummary: { StreamStatus: string } }>(
      kinesisUrl,
      'DescribeStreamSummary',
      { StreamName: stream },
    );
    return answer.StreamDescriptionSummary.StreamStatus;
  };
  await expect.poll(status).toBe('ACTIVE');
}

async function untilNextMillisecond(): Promise<number> {
  const startMs = Date.now();
  while (Date.now() <= startMs) await new Promise((resolve) => setImmediate(resolve));
  return Date.now();
}

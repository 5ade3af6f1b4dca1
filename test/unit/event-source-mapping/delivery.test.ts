import { describe, expect, test } from 'vitest';
import { laneOf } from '../../../local/event-source-mapping/lane.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { InMemoryStream, shardName } from './in-memory-stream.ts';
import { arrange, bucketDestination, position, reporting, success, thrown } from './support.ts';

const minuteMs = 60_000;

describe('batches', () => {
  test('are as big as there are records, up to the batch size', async () => {
    const { clock, stream, mapping, batches } = arrange({ settings: { batchSize: 3 } });
    const [a, b, c, d] = stream.appendMany(4);
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[a, b, c], [d]]);
  });

  test('wait for their window, and the next window starts when the invocation ends', async () => {
    const clock = new ManualClock();
    const answer = () => clock.sleep(1000).then(() => success);
    const scenario = { clock, answer, settings: { batchingWindowMs: 5000 } };
    const { stream, mapping, invocations } = arrange(scenario);
    const startedMs = clock.now();
    await mapping.start();
    stream.append('first');
    await clock.advance(5500);
    stream.append('second, read while the first is delivered');
    await clock.advance(10_000);
    expect(invocations.map(({ atMs }) => atMs - startedMs)).toEqual([5000, 11_000]);
  });

  test('close on 6 MB of payload', async () => {
    const { clock, stream, mapping, batches } = arrange({ settings: { batchingWindowMs: 1000 } });
    const megabyte = 'x'.repeat(1024 * 1024);
    const numbers = Array.from({ length: 5 }, () => stream.append(megabyte));
    await mapping.start();
    await clock.advance(1000);
    expect(batches()).toEqual([numbers.slice(0, 4), numbers.slice(4)]);
  });

  test('never mix shards', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock, 2);
    const [left, right] = ['shardId-000000000000', 'shardId-000000000001'];
    const records = [left, right, left, right].map((shardId) => stream.append('x', { shardId }));
    const { mapping, batches } = arrange({ clock, stream });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([
      [records[0], records[2]],
      [records[1], records[3]],
    ]);
  });

  test('follow each other without a gap while records are waiting', async () => {
    const clock = new ManualClock();
    const answer = () => clock.sleep(700).then(() => success);
    const { stream, mapping, invocations } = arrange({
      clock,
      answer,
      settings: { batchSize: 10 },
    });
    stream.appendMany(300);
    const startedMs = clock.now();
    await mapping.start();
    await clock.advance(29 * 700);
    const starts = invocations.map(({ atMs }) => atMs - startedMs);
    expect(starts).toEqual(Array.from({ length: 30 }, (_, index) => index * 700));
  });

  test('are read ahead, but no further than two batches and a page', async () => {
    const { clock, stream, mapping, batches } = arrange({
      settings: { batchSize: 100 },
      answer: () => new Promise(() => undefined),
    });
    stream.appendMany(5000);
    await mapping.start();
    await clock.advance(minuteMs);
    expect(batches().map((batch) => batch.length)).toEqual([100]);
    expect(stream.reads).toBe(3);
  });
});

describe('lanes', () => {
  test('deliver one batch each at the same time, every key always in the same lane', async () => {
    let running = 0;
    let most = 0;
    const clock = new ManualClock();
    const answer = async () => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(100);
      running -= 1;
      return success;
    };
    const settings = { parallelizationFactor: 3, batchSize: 2 };
    const { stream, mapping, invocations } = arrange({ clock, answer, settings });
    for (let at = 0; at < 60; at += 1) stream.append({ at }, { partitionKey: `key-${at % 20}` });
    await mapping.start();
    await clock.advance(minuteMs);
    expect(most).toBe(3);
    const delivered = invocations.flatMap(({ event }) => event.Records);
    expect(delivered).toHaveLength(60);
    for (const { event } of invocations) {
      const lanes = event.Records.map(({ kinesis }) => laneOf(kinesis.partitionKey, 3));
      expect(new Set(lanes).size).toBe(1);
    }
    for (const key of new Set(delivered.map(({ kinesis }) => kinesis.partitionKey))) {
      const ofKey = delivered.filter(({ kinesis }) => kinesis.partitionKey === key);
      const order = ofKey.map(({ kinesis }) => Number(kinesis.sequenceNumber));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test('hold the checkpoint at the lowest unsettled record of them all', async () => {
    const [stuck = '', free = ''] = keysInDifferentLanes(2);
    const scenario = arrange({
      settings: { parallelizationFactor: 2 },
      answer: (numbers) => (numbers.includes('96') ? thrown : success),
    });
    const { clock, stream, mapping, checkpoints } = scenario;
    for (const partitionKey of [free, stuck, free, free]) stream.append('x', { partitionKey });
    await mapping.start();
    await clock.advance(minuteMs);
    expect(await checkpoints.load('shardId-000000000000')).toEqual(position('95'));
  });
});

describe('retries', () => {
  test.each([0, 1, 4])('%i of them are one more invocation', async (maximumRetryAttempts) => {
    const destination = bucketDestination();
    const scenario = { destination, settings: { maximumRetryAttempts }, answer: () => thrown };
    const { clock, stream, mapping, batches } = arrange(scenario);
    const numbers = stream.appendMany(3);
    await mapping.start();
    await clock.advance(minuteMs);
    expect(batches()).toEqual(Array.from({ length: maximumRetryAttempts + 1 }, () => numbers));
    expect(destination.objects).toMatchObject([
      {
        requestContext: {
          requestId: `request-${maximumRetryAttempts + 1}`,
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: maximumRetryAttempts + 1,
        },
        responseContext: { functionError: 'Unhandled' },
        KinesisBatchInfo: { batchSize: 3, startSequenceNumber: '95', endSequenceNumber: '97' },
      },
    ]);
  });

  test.each(['throttled', 'unavailable'] as const)(
    'are not spent on an invocation that was %s',
    async (kind) => {
      const destination = bucketDestination();
      const { clock, stream, mapping, invocations, checkpoints } = arrange({
        destination,
        settings: { maximumRetryAttempts: 0, pollIntervalMs: 5000 },
        answer: (_, invocation) => (invocation < 9 ? { ok: false, kind } : success),
      });
      stream.append('x');
      await mapping.start();
      await clock.advance(10 * minuteMs);
      expect(invocations).toHaveLength(9);
      expect(destination.objects).toEqual([]);
      expect(await checkpoints.load(shardName(0))).toEqual(position('95'));
    },
  );

  test('take a rejected invoke for one that was unavailable', async () => {
    const { clock, stream, mapping, invocations, events } = arrange({
      settings: { maximumRetryAttempts: 0 },
      answer: (_, invocation) => {
        if (invocation === 1) throw new Error('socket hang up');
        return success;
      },
    });
    stream.append('x');
    await mapping.start();
    await clock.advance(minuteMs);
    expect(invocations).toHaveLength(2);
    const outcome = { outcome: 'unavailable', errorMessage: 'socket hang up' };
    expect(events).toContainEqual(expect.objectContaining(outcome));
  });

  test('are counted anew after progress, as captured from AWS', async () => {
    // Batch size 3, 3 retries, the sixth record fails for ever: 4 invocations of its own.
    const destination = bucketDestination();
    const { clock, stream, mapping, batches } = arrange({
      destination,
      settings: { batchSize: 3, maximumRetryAttempts: 3 },
      answer: (numbers) => (numbers.includes('100') ? reporting('100') : success),
    });
    const [a, b, c, d, e, poison] = stream.appendMany(6);
    await mapping.start();
    await clock.advance(minuteMs);
    const alone = Array.from({ length: 4 }, () => [poison]);
    expect(batches()).toEqual([[a, b, c], [d, e, poison], ...alone]);
    expect(destination.objects).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
        responseContext: { functionError: null },
        KinesisBatchInfo: { batchSize: 1, startSequenceNumber: poison, endSequenceNumber: poison },
      },
    ]);
  });

  test('deliver everything from the lowest reported record again, successes included', async () => {
    const { clock, stream, mapping, batches } = arrange({
      answer: (_, invocation) => (invocation === 1 ? reporting('100', '97') : success),
    });
    const numbers = stream.appendMany(7);
    await mapping.start();
    await clock.advance(minuteMs);
    expect(batches()).toEqual([numbers, numbers.slice(2)]);
  });

  test('follow progress at once, and a failure after a wait', async () => {
    const { clock, stream, mapping, invocations } = arrange({
      answer: (_, invocation) => [reporting('96'), thrown][invocation - 1] ?? success,
    });
    stream.appendMany(2);
    await mapping.start();
    await clock.advance(0);
    expect(invocations).toHaveLength(2);
    await clock.advance(minuteMs);
    expect(invocations).toHaveLength(3);
  });
});

describe('bisecting', () => {
  test('goes left half first, depth first', async () => {
    const destination = bucketDestination();
    const { clock, stream, mapping, batches } = arrange({
      destination,
      settings: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true },
      answer: (numbers) => (numbers.includes('97') ? { ok: false, kind: 'crash' } : success),
    });
    const [a, b, poison, d, e] = stream.appendMany(5);
    await mapping.start();
    await clock.advance(minuteMs);
    expect(batches()).toEqual([
      [a, b, poison, d, e],
      [a, b],
      [poison, d, e],
      [poison],
      [poison],
      [d, e],
    ]);
    expect(destination.objects).toMatchObject([{ KinesisBatchInfo: { batchSize: 1 } }]);
  });

  test('does not split after a reported failure, but cuts there', async () => {
    const { clock, stream, mapping, batches } = arrange({
      settings: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true },
      answer: (numbers) => (numbers.includes('96') ? reporting('96') : success),
    });
    const [, ...rest] = stream.appendMany(4);
    await mapping.start();
    await clock.advance(minuteMs);
    expect(batches().slice(1)).toEqual([rest, rest]);
  });
});

describe('record age', () => {
  test('sends an expired record to the destination and delivers its neighbours', async () => {
    const destination = bucketDestination();
    const scenario = { destination, settings: { maximumRecordAgeSeconds: 60 } };
    const { clock, stream, mapping, batches, checkpoints } = arrange(scenario);
    const old = stream.append('old', { ageMs: 61_000 });
    const young = stream.append('young', { ageMs: 59_000 });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[young]]);
    expect(destination.objects).toMatchObject([
      {
        requestContext: { condition: 'RecordAgeExceeded', requestId: 'uuid' },
        KinesisBatchInfo: { batchSize: 1, startSequenceNumber: old },
      },
    ]);
    expect(destination.objects[0]).not.toHaveProperty('responseContext');
    expect(await checkpoints.load(shardName(0))).toEqual(position(young));
  });

  test('ends retries without a limit', async () => {
    const destination = bucketDestination();
    const scenario = { destination, settings: { maximumRecordAgeSeconds: 60 } };
    const { clock, stream, mapping, checkpoints, invocations } = arrange({
      ...scenario,
      answer: () => thrown,
    });
    const number = stream.append('x');
    await mapping.start();
    await clock.advance(minuteMs * 2);
    expect(invocations.length).toBeGreaterThan(1);
    expect(destination.objects).toMatchObject([
      {
        requestContext: {
          condition: 'RecordAgeExceeded',
          approximateInvokeCount: invocations.length,
        },
      },
    ]);
    expect(await checkpoints.load(shardName(0))).toEqual(position(number));
  });
});

describe('filters', () => {
  test('pass over what does not match, and the checkpoint follows', async () => {
    const filterPatterns = ['{"data":{"type":["received"]}}'];
    const { clock, stream, mapping, invocations, checkpoints } = arrange({
      settings: { filterPatterns },
    });
    stream.append({ type: 'delivered' });
    const received = stream.append('{ "type" : "received" }');
    stream.append('not JSON');
    const last = stream.append({ type: 'deadLettered' });
    await mapping.start();
    await clock.advance(0);
    expect(invocations.map(({ sequenceNumbers }) => sequenceNumbers)).toEqual([[received]]);
    const data = invocations[0]?.event.Records[0]?.kinesis.data ?? '';
    expect(Buffer.from(data, 'base64').toString()).toBe('{ "type" : "received" }');
    expect(await checkpoints.load('shardId-000000000000')).toEqual(position(last));
  });
});

describe('the failure destination', () => {
  test('gets whole records in S3, under a key of their own', async () => {
    const objects: [string, string][] = [];
    const { clock, stream, mapping, invocations } = arrange({
      settings: { maximumRetryAttempts: 0 },
      answer: () => thrown,
      destination: {
        putObject: async (key, body) => void objects.push([key, body]),
      },
    });
    stream.appendMany(2);
    await mapping.start();
    await clock.advance(0);
    const [[key, body] = ['', '']] = objects;
    expect(key).toBe(
      'aws/lambda/00000000-0000-4000-8000-00000000e501/shardId-000000000000/2026/01/01/2026-01-01T00.00.00-uuid',
    );
    expect(JSON.parse(JSON.parse(body).payload)).toEqual(invocations[0]?.event);
  });

  test('is asked until it takes the records, and the checkpoint waits', async () => {
    const bucket = bucketDestination();
    let refusals = 3;
    const { clock, stream, mapping, invocations, events, checkpoints } = arrange({
      settings: { maximumRetryAttempts: 0, batchSize: 1 },
      answer: (numbers) => (numbers.includes('95') ? thrown : success),
      destination: {
        putObject: async (key, body) => {
          refusals -= 1;
          if (refusals >= 0) throw new Error('no bucket');
          await bucket.putObject(key, body);
        },
      },
    });
    stream.appendMany(2);
    await mapping.start();
    await clock.advance(0);
    expect(await checkpoints.load(shardName(0))).toEqual({
      state: 'reading',
      position: { type: 'TRIM_HORIZON' },
    });
    expect(invocations).toHaveLength(1);
    await clock.advance(minuteMs);
    expect(events.filter(({ type }) => type === 'destinationFailed')).toHaveLength(3);
    expect(bucket.objects).toHaveLength(1);
    expect(await checkpoints.load(shardName(0))).toEqual(position('96'));
  });

  test('may be absent: what is given up is dropped', async () => {
    const scenario = { settings: { maximumRetryAttempts: 0 }, answer: () => thrown };
    const { clock, stream, mapping, events, checkpoints } = arrange(scenario);
    const number = stream.append('x');
    await mapping.start();
    await clock.advance(0);
    const condition = 'RetryAttemptsExhausted';
    expect(events).toContainEqual(expect.objectContaining({ type: 'discarded', condition }));
    expect(await checkpoints.load(shardName(0))).toEqual(position(number));
  });
});

function keysInDifferentLanes(lanes: number): string[] {
  const keys: string[] = [];
  for (let at = 0; keys.filter(Boolean).length < lanes; at += 1) {
    keys[laneOf(`key-${at}`, lanes)] ??= `key-${at}`;
  }
  return keys;
}

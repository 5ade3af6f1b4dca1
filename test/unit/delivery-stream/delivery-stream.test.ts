import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../lib/errors.ts';
import { INTERVAL_MS, MIB, POLL_MS, setUp, until } from './delivery-setup.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

describe('objects', () => {
  test('hold one JSON object a line, compressed, under the hour of arrival', async () => {
    const { stream, objects, delivery } = setUp();
    stream.put('shard-0', '{"n":1}');
    stream.put('shard-1', '{"n":2}');
    await delivery.start();
    await delivery.stop();

    expect(objects.keys).toEqual([
      expect.stringMatching(
        `^facts/dt=2026-03-05/hh=13/journal-archive-1-2026-03-05-13-30-00-${UUID}\\.gz$`,
      ),
    ]);
    expect(objects.lines.map((line) => JSON.parse(line))).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('lie under the hour of their oldest record', async () => {
    const { stream, objects, delivery } = setUp();
    stream.put('shard-0', 'new', Date.UTC(2026, 2, 5, 0, 0, 1));
    stream.put('shard-1', 'old', Date.UTC(2026, 2, 4, 23, 59, 59));
    await delivery.start();
    await delivery.stop();

    expect(objects.keys).toEqual([
      expect.stringMatching(/^facts\/dt=2026-03-04\/hh=23\/journal-archive-1-2026-03-04-23-59-59-/),
    ]);
  });

  test('close by size, and the rest waits', async () => {
    const { stream, objects, checkpoints, delivery } = setUp();
    const numbers = [1, 2, 3, 4, 5].map((n) => stream.put('shard-0', `${n}`.repeat(0.3 * MIB)));
    await delivery.start();
    await until(() => Object.keys(checkpoints.saved).length === 1);

    expect(objects.lines.map((line) => line[0])).toEqual(['1', '2', '3', '4']);
    expect(checkpoints.saved).toEqual({ 'shard-0': numbers[3] });
    await delivery.stop();
    expect(objects.lines).toHaveLength(5);
  });

  test('close by time, counted from their first record', async () => {
    const { clock, stream, objects, delivery } = setUp();
    await delivery.start();
    await clock.advance(10 * POLL_MS);
    stream.put('shard-0', 'one');
    await clock.advance(POLL_MS);
    await clock.advance(INTERVAL_MS - 1);
    expect(objects.attempts).toHaveLength(0);

    await clock.advance(1);
    await until(() => objects.stored.size === 1);
    await clock.advance(2 * INTERVAL_MS);
    expect(objects.stored.size).toBe(1);
    await delivery.stop();
  });

  test('are put at once with an interval of zero', async () => {
    const { stream, objects, delivery } = setUp({ settings: { bufferIntervalMs: 0 } });
    stream.put('shard-0', 'one');
    await delivery.start();
    await until(() => objects.stored.size === 1);
    await delivery.stop();
  });
});

describe('flush and stop', () => {
  test('deliver everything that is in the stream by now', async () => {
    const { clock, stream, objects, delivery } = setUp();
    await delivery.start();
    await clock.advance(POLL_MS);
    for (let n = 0; n < 5_000; n++) stream.put('shard-0', `${n}`);
    await delivery.flush();
    expect(objects.lines).toHaveLength(5_000);

    stream.put('shard-1', 'last');
    await delivery.stop();
    expect(objects.lines.at(-1)).toBe('last');
    expect(objects.stored.size).toBe(2);
  });

  test('reject after a few attempts when a shard cannot be read, having delivered the rest', async () => {
    const { clock, stream, objects, errors, delivery } = setUp();
    stream.put('shard-1', 'one');
    await delivery.start();
    await clock.advance(POLL_MS);
    const read = stream.read.bind(stream);
    stream.read = (iterator, limit) =>
      iterator.startsWith('shard-0') ? Promise.reject(new Error('reset')) : read(iterator, limit);
    const stopped = expect(delivery.stop()).rejects.toThrow('shard-0 was not read: reset');
    await until(() => errors.length === 1);
    await clock.advance(10_000);
    await stopped;
    expect(objects.lines).toEqual(['one']);
  });
});

test('refuses what AWS would refuse, naming every problem', () => {
  const refused = () =>
    setUp({
      name: 'a name',
      settings: {
        bufferBytes: 1,
        bufferIntervalMs: 901_000,
        errorOutputPrefix: '',
      },
    });
  expect(refused).toThrow(ConfigError);
  expect(refused).toThrow(/name:[\s\S]*bufferBytes:[\s\S]*bufferIntervalMs:/);
  expect(refused).toThrow('errorOutputPrefix: required, because the prefix contains an expression');
});

test('what it puts is valid gzip', async () => {
  const { stream, objects, delivery } = setUp();
  stream.put('shard-0', 'ü'.repeat(100_000));
  await delivery.start();
  await delivery.stop();
  const [body] = objects.stored.values();
  expect(gunzipSync(body ?? '').toString()).toBe(`${'ü'.repeat(100_000)}\n`);
});

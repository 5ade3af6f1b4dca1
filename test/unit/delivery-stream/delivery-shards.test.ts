import { describe, expect, test } from 'vitest';
import { POLL_MS, setUp, until } from './delivery-setup.ts';

describe('shards', () => {
  test('of a split are picked up, and the ended parent is remembered', async () => {
    const { clock, stream, objects, checkpoints, delivery, create } = setUp();
    stream.put('shard-0', 'before');
    await delivery.start();
    await clock.advance(POLL_MS);
    stream.split('shard-0', ['shard-2', 'shard-3']);
    stream.put('shard-2', 'left');
    stream.put('shard-3', 'right');
    await clock.advance(POLL_MS);
    await delivery.stop();
    expect(objects.lines).toEqual(['before', 'left', 'right']);
    expect(checkpoints.saved['shard-0']).toBe('SHARD_END');

    stream.opened.length = 0;
    const next = create();
    await next.start();
    await next.stop();
    expect(stream.opened.map((open) => open.split(' ')[0])).toEqual([
      'shard-1',
      'shard-2',
      'shard-3',
    ]);
    expect(objects.stored.size).toBe(1);
  });

  test('are opened anew after the last record read when an iterator has expired', async () => {
    const { clock, stream, objects, errors, delivery } = setUp();
    const one = stream.put('shard-0', 'one');
    await delivery.start();
    await clock.advance(POLL_MS);
    stream.expireIterators();
    stream.put('shard-0', 'two');
    await clock.advance(POLL_MS);
    await delivery.stop();

    expect(stream.opened).toContain(`shard-0 after ${one}`);
    expect(objects.lines).toEqual(['one', 'two']);
    expect(errors).toEqual([]);
  });

  test('that cannot be read do not hold up the others', async () => {
    const { clock, stream, objects, errors, delivery } = setUp({
      settings: { bufferIntervalMs: 0 },
    });
    stream.put('shard-0', 'zero');
    stream.put('shard-1', 'one');
    stream.readFailures.push(new Error('ProvisionedThroughputExceededException'));
    await delivery.start();
    await until(() => objects.stored.size === 1);
    expect(objects.lines).toEqual(['one']);
    expect(errors).toEqual(['shard-0 was not read: ProvisionedThroughputExceededException']);
    await clock.advance(10_000);
    await until(() => objects.stored.size === 2);
    expect(objects.lines).toEqual(['one', 'zero']);
    await delivery.stop();
  });
});

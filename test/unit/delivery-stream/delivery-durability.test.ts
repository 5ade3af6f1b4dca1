import { describe, expect, test } from 'vitest';
import { MIB, POLL_MS, setUp, until } from './delivery-setup.ts';

describe('a store that refuses', () => {
  test('is tried again with the same object, and nothing is read meanwhile', async () => {
    const { clock, stream, objects, checkpoints, errors, delivery } = setUp();
    objects.refuses = new Error('SlowDown');
    for (let n = 0; n < 20; n++) stream.put('shard-0', `${n % 10}`.repeat(MIB));
    await delivery.start();
    await until(() => objects.attempts.length === 1);
    const readCount = stream.readCount;
    await clock.advance(10 * 60_000);

    expect(objects.attempts.length).toBeGreaterThan(20);
    expect(new Set(objects.attempts).size).toBe(1);
    expect(stream.readCount).toBe(readCount);
    expect(checkpoints.saved).toEqual({});
    expect(errors[0]).toMatch(/was not put, attempt 1: SlowDown/);

    objects.refuses = undefined;
    await clock.advance(10_000);
    await until(() => objects.stored.size === 20);
    expect(objects.lines.map((line) => line[0]).join('')).toBe('01234567890123456789');
    await delivery.stop();
  });

  test('makes stop reject, and the next start delivers', async () => {
    const { clock, stream, objects, checkpoints, delivery, create } = setUp();
    stream.put('shard-0', 'one');
    await delivery.start();
    objects.refuses = new Error('NoSuchBucket');
    const stopped = expect(delivery.stop()).rejects.toThrow('1 records are not delivered');
    await until(() => objects.attempts.length === 1);
    await clock.advance(10_000);
    await stopped;
    expect(checkpoints.saved).toEqual({});

    objects.refuses = undefined;
    const next = create();
    await next.start();
    await next.stop();
    expect(objects.lines).toEqual(['one']);
  });
});

describe('checkpoints', () => {
  test('let the next start go on where the last one ended', async () => {
    const { stream, objects, delivery, create } = setUp();
    stream.put('shard-0', 'one');
    await delivery.start();
    await delivery.stop();

    stream.put('shard-0', 'two');
    stream.put('shard-1', 'three');
    const next = create();
    await next.start();
    await next.stop();
    expect(objects.lines).toEqual(['one', 'two', 'three']);
  });

  test('follow the object: a crash in between delivers twice', async () => {
    const { stream, objects, checkpoints, delivery, create } = setUp({
      settings: { bufferIntervalMs: 0 },
    });
    const save = checkpoints.save;
    checkpoints.save = () => new Promise(() => {});
    stream.put('shard-0', 'one');
    await delivery.start();
    await until(() => objects.stored.size === 1);

    checkpoints.save = save;
    const afterCrash = create();
    await afterCrash.start();
    await afterCrash.stop();
    expect(objects.lines).toEqual(['one', 'one']);
  });

  test('that cannot be saved are saved with the next object', async () => {
    const { clock, stream, objects, checkpoints, errors, delivery } = setUp({
      settings: { bufferIntervalMs: 0 },
    });
    const save = checkpoints.save;
    checkpoints.save = () => Promise.reject(new Error('disk full'));
    const one = stream.put('shard-0', 'one');
    await delivery.start();
    await until(() => errors.length === 1);
    expect(errors).toEqual(['checkpoints were not saved: disk full']);

    checkpoints.save = save;
    const two = stream.put('shard-1', 'two');
    await clock.advance(POLL_MS);
    await until(() => objects.stored.size === 2);
    expect(checkpoints.saved).toEqual({ 'shard-0': one, 'shard-1': two });
    await delivery.stop();
  });

  test('that cannot be loaded keep it from starting', async () => {
    const { stream, checkpoints, delivery } = setUp();
    checkpoints.load = () => Promise.reject(new Error('damaged'));
    await expect(delivery.start()).rejects.toThrow('damaged');
    await delivery.flush();
    expect(stream.readCount).toBe(0);
  });
});

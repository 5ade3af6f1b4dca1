import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { createMemoryCheckpointStore } from '../../support/memory-checkpoint-store.ts';
import { InMemoryStream, shardName } from './in-memory-stream.ts';
import { arrange, position, success, thrown } from './support.ts';

const first = shardName(0);
const minuteMs = 60_000;

describe('the starting position', () => {
  test('TRIM_HORIZON delivers what was there before', async () => {
    const { clock, stream, mapping, batches } = arrange();
    const number = stream.append('before');
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[number]]);
  });

  test('LATEST delivers what arrives after the start', async () => {
    const { clock, stream, mapping, batches } = arrange({
      settings: { startingPosition: { type: 'LATEST' } },
    });
    stream.append('before', { ageMs: 1 });
    await mapping.start();
    const number = stream.append('after');
    await clock.advance(1000);
    expect(batches()).toEqual([[number]]);
  });

  test('LATEST loses nothing when the process restarts before the first record', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock);
    const checkpoints = createMemoryCheckpointStore();
    const settings = { startingPosition: { type: 'LATEST' as const } };
    const crashed = arrange({ clock, stream, checkpoints, settings });
    stream.append('before', { ageMs: 1 });
    await crashed.mapping.start();
    await crashed.mapping.stop();
    await clock.advance(1000);
    const whileDown = stream.append('while down');
    await clock.advance(1000);
    const { mapping, batches } = arrange({ clock, stream, checkpoints, settings });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[whileDown]]);
  });

  test('AT_TIMESTAMP delivers from that time on', async () => {
    const clock = new ManualClock();
    const timestampMs = clock.now() - 5000;
    const settings = { startingPosition: { type: 'AT_TIMESTAMP' as const, timestampMs } };
    const { stream, mapping, batches } = arrange({ clock, settings });
    stream.append('older', { ageMs: 5001 });
    const at = stream.append('at', { ageMs: 5000 });
    const later = stream.append('later', { ageMs: 1 });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[at, later]]);
  });
});

describe('a restart', () => {
  test('goes on after what is settled', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock);
    const checkpoints = createMemoryCheckpointStore();
    const before = arrange({ clock, stream, checkpoints });
    stream.appendMany(3);
    await before.mapping.start();
    await clock.advance(1000);
    await before.mapping.stop();
    const number = stream.append('next');
    const { mapping, batches } = arrange({ clock, stream, checkpoints });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[number]]);
  });

  test('works on the same mapping, as pause and resume', async () => {
    const { clock, stream, mapping, batches } = arrange();
    const a = stream.append('a');
    await mapping.start();
    await expect(mapping.start()).rejects.toThrow('running already');
    await clock.advance(1000);
    await mapping.stop();
    const b = stream.append('b');
    await clock.advance(minuteMs);
    expect(batches()).toEqual([[a]]);
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[a], [b]]);
  });

  test('is refused while checkpoints cannot be read', async () => {
    const checkpoints = {
      ...createMemoryCheckpointStore(),
      load: () => Promise.reject(new Error('damaged')),
    };
    const { mapping } = arrange({ checkpoints });
    await expect(mapping.start()).rejects.toThrow('damaged');
  });
});

describe('stopping', () => {
  test('finishes the invocation in hand, starts no other, and saves the checkpoint', async () => {
    const clock = new ManualClock();
    const answer = () => clock.sleep(1000).then(() => success);
    const scenario = { clock, answer, settings: { batchSize: 2 } };
    const { stream, mapping, batches, checkpoints } = arrange(scenario);
    const [a, b] = stream.appendMany(6);
    await mapping.start();
    await clock.advance(500);
    let stopped = false;
    const stopping = mapping.stop().then(() => {
      stopped = true;
    });
    await clock.advance(0);
    expect(stopped).toBe(false);
    await clock.advance(500);
    await stopping;
    expect(batches()).toEqual([[a, b]]);
    expect(await checkpoints.load(first)).toEqual(position(b));
  });

  test('does not wait for retries, nor for a destination that refuses', async () => {
    const refusing = { putObject: () => Promise.reject(new Error('no bucket')) };
    for (const maximumRetryAttempts of [0, -1]) {
      const scenario = { settings: { maximumRetryAttempts }, answer: () => thrown };
      const { clock, stream, mapping, checkpoints } = arrange({
        ...scenario,
        destination: refusing,
      });
      stream.append('x');
      await mapping.start();
      await clock.advance(1000);
      await mapping.stop();
      const start = { state: 'reading', position: { type: 'TRIM_HORIZON' } };
      expect(await checkpoints.load(first)).toEqual(start);
    }
  });

  test('does not wait for a read that hangs', async () => {
    const stream = new InMemoryStream(new ManualClock());
    stream.read = () => new Promise(() => undefined);
    const { mapping, batches } = arrange({ stream });
    await mapping.start();
    await mapping.stop();
    expect(batches()).toEqual([]);
  });

  test('ends a start that still looks for the stream', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock);
    stream.listShards = () => Promise.reject(new Error('no stream'));
    const { mapping, events } = arrange({ clock, stream });
    const starting = mapping.start();
    await clock.advance(minuteMs);
    await mapping.stop();
    await starting;
    await clock.advance(minuteMs);
    expect(events.at(-1)).toMatchObject({ type: 'discoveryFailed' });
  });
});

describe('resharding', () => {
  test('drains both parents of a merge before their child starts', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock, 2);
    let healed = false;
    const { mapping, batches, events } = arrange({
      clock,
      stream,
      answer: (numbers) => (numbers.includes('95') && !healed ? thrown : success),
    });
    const shardEvents = () =>
      events.flatMap((event) =>
        event.type === 'shardStarted' || event.type === 'shardFinished'
          ? [[event.type, event.shardId]]
          : [],
      );
    const [left, right] = [shardName(0), shardName(1)];
    const a = stream.append('a', { shardId: left });
    const b = stream.append('b', { shardId: right });
    await mapping.start();
    await clock.advance(0);
    const child = stream.merge(left, right);
    const c = stream.append('c', { shardId: child });
    await clock.advance(minuteMs);
    expect(shardEvents()).toEqual([
      ['shardStarted', left],
      ['shardStarted', right],
      ['shardFinished', right],
    ]);
    expect(batches()).not.toContainEqual([c]);
    healed = true;
    await clock.advance(minuteMs);
    expect(batches().slice(-2)).toEqual([[a], [c]]);
    expect(batches()).toContainEqual([b]);
  });

  test('finds the children of a split while running and reads them from their beginning', async () => {
    const { clock, stream, mapping, batches } = arrange({
      settings: { startingPosition: { type: 'LATEST' } },
    });
    await mapping.start();
    await clock.advance(1000);
    const parentRecord = stream.append('parent');
    const children = stream.split(first);
    const childRecords = children.map((shardId) => stream.append('child', { shardId }));
    await clock.advance(2000);
    expect(batches()[0]).toEqual([parentRecord]);
    expect(batches().slice(1).flat().sort()).toEqual(childRecords.toSorted());
  });

  test('does not open a finished shard again after a restart, even once it is past retention', async () => {
    const clock = new ManualClock();
    const stream = new InMemoryStream(clock);
    const checkpoints = createMemoryCheckpointStore();
    const before = arrange({ clock, stream, checkpoints });
    stream.append('x');
    const [left] = stream.split(first);
    await before.mapping.start();
    await clock.advance(2000);
    await before.mapping.stop();
    expect(await checkpoints.load(first)).toEqual({ state: 'finished' });
    stream.opens = [];
    const { mapping, batches } = arrange({ clock, stream, checkpoints });
    await mapping.start();
    await clock.advance(1000);
    expect(stream.opens.map(({ shardId }) => shardId)).not.toContain(first);
    await mapping.stop();
    stream.forget(first);
    const number = stream.append('y', { shardId: left });
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[number]]);
  });

  test('closes the last batch of a closed shard without waiting for its window', async () => {
    const { clock, stream, mapping, batches } = arrange({
      settings: { batchingWindowMs: 300_000 },
    });
    const number = stream.append('x');
    stream.split(first);
    await mapping.start();
    await clock.advance(0);
    expect(batches()).toEqual([[number]]);
  });
});

describe('the reader', () => {
  test('reopens an expired iterator after the last record it read', async () => {
    const clock = new ManualClock();
    const answer = (_: string[], invocation: number) =>
      invocation === 1 ? clock.sleep(10 * minuteMs).then(() => success) : success;
    const scenario = { clock, answer, settings: { batchSize: 100 } };
    const { stream, mapping, batches, events } = arrange(scenario);
    const numbers = stream.appendMany(500);
    await mapping.start();
    await clock.advance(11 * minuteMs);
    expect(batches().flat()).toEqual(numbers);
    expect(events).toContainEqual({ type: 'iteratorExpired', shardId: first });
    expect(stream.opens.at(-1)?.position).toEqual({
      type: 'AFTER_SEQUENCE_NUMBER',
      sequenceNumber: numbers[299],
    });
  });

  test('survives errors of every call, and tells them', async () => {
    const { clock, stream, mapping, batches, events } = arrange();
    const number = stream.append('x');
    const failures = [1, 2, 3].map((n) => new Error(`failure ${n}`));
    for (const failure of failures) stream.failNext(failure);
    const starting = mapping.start();
    await clock.advance(minuteMs);
    await starting;
    await clock.advance(minuteMs);
    expect(batches()).toEqual([[number]]);
    const told = events.flatMap((event) => ('error' in event ? [[event.type, event.error]] : []));
    expect(told.map(([, error]) => error)).toEqual(failures);
    expect(told[0]?.[0]).toBe('discoveryFailed');
  });

  test('polls a quiet shard once per interval', async () => {
    const { clock, stream, mapping } = arrange({ settings: { pollIntervalMs: 250 } });
    await mapping.start();
    await clock.advance(9999);
    expect(stream.reads).toBe(40);
  });
});

describe('a checkpoint that cannot be saved', () => {
  test('holds nothing up, and is saved later', async () => {
    const memory = createMemoryCheckpointStore();
    let broken = false;
    const checkpoints = {
      load: memory.load,
      save: (shardId: string, checkpoint: Parameters<typeof memory.save>[1]) =>
        broken ? Promise.reject(new Error('disk full')) : memory.save(shardId, checkpoint),
    };
    const { clock, stream, mapping, batches, events } = arrange({ checkpoints });
    await mapping.start();
    broken = true;
    const a = stream.append('a');
    await clock.advance(1000);
    const b = stream.append('b');
    await clock.advance(1000);
    expect(batches()).toEqual([[a], [b]]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'checkpointFailed' }));
    broken = false;
    await mapping.stop();
    expect(await memory.load(first)).toEqual(position(b));
  });
});

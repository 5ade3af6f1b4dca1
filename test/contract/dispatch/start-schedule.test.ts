import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { createDynamoDbDispatchPositions } from '../../../lib/aws/dynamodb-dispatch-positions.ts';
import { createDynamoDbRunLock } from '../../../lib/aws/dynamodb-run-lock.ts';
import { createDynamoDbSendNotes } from '../../../lib/aws/dynamodb-send-notes.ts';
import { createDynamoDbStartSchedule } from '../../../lib/aws/dynamodb-start-schedule.ts';
import { ensureDispatchTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock } from '../../../lib/clock.ts';
import type {
  DispatchPositions,
  RunLock,
  SendNote,
  SendNotes,
  StartSchedule,
} from '../../../lib/ports.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { InMemoryNotes } from '../../support/in-memory-notes.ts';
import { InMemoryRunLock } from '../../support/in-memory-run-lock.ts';
import { InMemorySchedule } from '../../support/in-memory-schedule.ts';
import { IDENTITY, startSharedEmulators } from '../emulators/test-emulators.ts';

interface Stores {
  /** The same schedule as several environments see it. */
  schedules: [StartSchedule, StartSchedule];
  notes: SendNotes;
  positions: DispatchPositions;
  lock: RunLock;
}

let emulators: Awaited<ReturnType<typeof startSharedEmulators>>;
let dynalite: Awaited<ReturnType<typeof startDynalite>>;
let tables = 0;

beforeAll(async () => {
  emulators = await startSharedEmulators();
  dynalite = await startDynalite();
});
afterAll(() => Promise.all([emulators.end(), dynalite.close()]));

async function onDynamoDb(endpoint: string): Promise<Stores> {
  const client = createDynamoDbClient({
    endpoint,
    identity: IDENTITY,
    maxAttempts: 1,
  });
  const table = { client, tableName: `dispatch-${tables++}` };
  await ensureDispatchTable(client, table.tableName, systemClock);
  const schedules: Stores['schedules'] = [
    createDynamoDbStartSchedule(table),
    createDynamoDbStartSchedule(table),
  ];
  const positions = createDynamoDbDispatchPositions(table);
  const lock = createDynamoDbRunLock({ ...table, id: 'lock#test' });
  return { schedules, notes: createDynamoDbSendNotes(table), positions, lock };
}

async function inMemory(): Promise<Stores> {
  const schedule = new InMemorySchedule();
  const notes = new InMemoryNotes();
  const lock = new InMemoryRunLock();
  return { schedules: [schedule, schedule], notes, positions: notes, lock };
}

describe.each([
  ['the emulator', () => onDynamoDb(emulators.emulators.dynamoDbUrl)],
  ['dynalite', () => onDynamoDb(dynalite.url)],
  ['memory', inMemory],
])('the start schedule in %s', (_, open) => {
  const request = { starts: 10, spacingMs: 10.25, earliestMs: 5000, latestMs: 1e6 };

  it('begins at the earliest time, and goes on where the last booking ends', async () => {
    const [one, other] = (await open()).schedules;
    const times = [];
    for (const schedule of [one, other, one, other])
      times.push((await schedule.book(request)).firstMs);
    expect(times).toEqual([5000, 5102.5, 5205, 5307.5]);
  });

  it('begins anew after a rest', async () => {
    const [one, other] = (await open()).schedules;
    await one.book(request);
    expect((await other.book({ ...request, earliestMs: 9000 })).firstMs).toBe(9000);
    expect((await one.book({ ...request, earliestMs: 9050 })).firstMs).toBe(9102.5);
  });

  it('books nothing that would begin too late', async () => {
    const [one, other] = (await open()).schedules;
    await one.book({ ...request, starts: 1000 });
    expect((await other.book({ ...request, latestMs: 15_000 })).firstMs).toBeUndefined();
    expect((await other.book({ ...request, earliestMs: 9, latestMs: 8 })).firstMs).toBeUndefined();
    expect((await other.book(request)).firstMs).toBe(15_250);
  });

  it('gives no start to two of many that book at once', async () => {
    const [one, other] = (await open()).schedules;
    const bookings = await Promise.all(
      Array.from({ length: 20 }, (__, index) => (index % 2 ? one : other).book(request)),
    );
    const times = bookings.map(({ firstMs }) => firstMs ?? 0).toSorted((a, b) => a - b);
    expect(times).toEqual(Array.from({ length: 20 }, (__, index) => 5000 + index * 102.5));
  });

  it('tells what was learnt last, and the longest pause', async () => {
    const [one, other] = (await open()).schedules;
    const limit = { ratePerSecond: 50, metAtRate: 100, sinceMs: 5, holdMs: 10_000 };
    await one.tell({ learned: { atMs: 20, limit }, pausedUntilMs: 7000 });
    await other.tell({ learned: { atMs: 10 }, pausedUntilMs: 6000 });
    expect(await other.book(request)).toMatchObject({
      learned: { atMs: 20, limit },
      pausedUntilMs: 7000,
    });
    await other.tell({ learned: { atMs: 30 } });
    expect((await one.book(request)).learned).toEqual({ atMs: 30 });
  });

  it('returns the jitter that the booking before has left, in a row and after a rest', async () => {
    const [one, other] = (await open()).schedules;
    expect((await one.book({ ...request, jitterMs: 12.5 })).jitterMs).toBeUndefined();
    expect((await other.book({ ...request, jitterMs: 8 })).jitterMs).toBe(12.5);
    expect((await one.book(request)).jitterMs).toBe(8);
    const later = { ...request, earliestMs: 60_000 };
    expect((await one.book({ ...later, jitterMs: 9 })).jitterMs).toBe(8);
    expect((await other.book(later)).jitterMs).toBe(9);
  });
});

describe.each([
  ['the emulator', () => onDynamoDb(emulators.emulators.dynamoDbUrl)],
  ['dynalite', () => onDynamoDb(dynalite.url)],
  ['memory', inMemory],
])('a lock in %s', (_, open) => {
  const one = { runId: 'one', by: 'someone', since: 'now' };
  const two = { ...one, runId: 'two' };

  it('is held by one, until that one releases it or is taken over as it was seen', async () => {
    const { lock } = await open();
    expect(await lock.read()).toBeUndefined();
    const held = await lock.take(one);
    expect(held).toEqual({ holder: one, token: 1, beats: 0 });
    expect(await lock.take(two)).toBeUndefined();
    expect(await lock.beat(1)).toBe(true);
    expect(await lock.read()).toEqual({ holder: one, token: 1, beats: 1 });
    // It has shown that it lives since.
    expect(await lock.take(two, held)).toBeUndefined();
    expect(await lock.take(two, await lock.read())).toEqual({ holder: two, token: 2, beats: 0 });
    expect(await lock.beat(1)).toBe(false);
    await lock.release(1);
    expect(await lock.read()).toMatchObject({ holder: two });
    await lock.release(2);
    expect(await lock.read()).toBeUndefined();
    expect(await lock.beat(2)).toBe(false);
    expect(await lock.take(one)).toMatchObject({ token: 3 });
  });
});

describe.each([
  ['the emulator', () => onDynamoDb(emulators.emulators.dynamoDbUrl)],
  ['dynalite', () => onDynamoDb(dynalite.url)],
  ['memory', inMemory],
])('the notes of invocations in %s', (_, open) => {
  const [a, b, c] = ['00000000000000aa', '00000000000000bb', 'ffffffffffffffff'];
  const changes = (of: Record<string, SendNote | undefined>) => new Map(Object.entries(of));

  it('keeps them by shard, and replaces and removes them', async () => {
    const { notes } = await open();
    const one = { settled: [], open: [a, b, c], atMs: 5, isDone: false } as SendNote;
    const two = { settled: [a, b], open: [c], atMs: 12, isDone: true } as SendNote;
    const empty: SendNote = { settled: [], open: [], atMs: 13, isDone: false };
    await notes.write('s1', changes({ one }));
    await notes.write('s2', changes({ other: two }));
    expect(await notes.exchange('s1', changes({ two }))).toEqual(changes({ one, two }));
    expect(await notes.exchange('s1', changes({ one: undefined, two: empty }))).toEqual(
      changes({ two: empty }),
    );
    expect(await notes.exchange('s1', changes({ two: undefined }))).toEqual(new Map());
  });

  it('tell how far dispatch is in each shard', async () => {
    const { schedules, notes, positions } = await open();
    expect(await positions.read()).toEqual([]);
    await schedules[0].tell({ pausedUntilMs: 5 });
    // 56 digits, as on AWS.
    const number = (last: number) => `4966${'0'.repeat(49)}${100 + last}`;
    const at = (last: number) => ({ sequenceNumber: number(last), arrivedAtMs: 1000 + last });
    const note = { settled: [a], open: [], atMs: 5 };
    await notes.write('s1', changes({ one: { ...note, isDone: true, place: at(40) } }));
    await notes.write('s2', changes({ two: { ...note, isDone: false } }));
    const known = await notes.exchange(
      's1',
      changes({ two: { ...note, open: [b], isDone: false, place: at(31) } }),
    );
    expect(known.get('two')?.place).toEqual(at(31));
    expect((await positions.read()).toSorted((x, y) => (x.shardId < y.shardId ? -1 : 1))).toEqual([
      { shardId: 's1', settledThrough: number(30), arrivedAtMs: 1031 },
      { shardId: 's2', settledThrough: undefined, arrivedAtMs: undefined },
    ]);
  });
});

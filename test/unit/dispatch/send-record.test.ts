import { beforeEach, describe, expect, it } from 'vitest';
import { SendRecord } from '../../../lib/dispatch/send-record.ts';
import type { BatchInput } from '../../../lib/kinesis-batch.ts';
import { seededRandom } from '../../../local/target/gate.ts';
import { InMemoryNotes } from '../../support/in-memory-notes.ts';
import { SHARD, START_MS } from '../../support/lane-lab.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

/** A batch of records with these sequence numbers. */
function batchOf(from: number, to: number) {
  const records = Array.from({ length: to - from }, (_, index) => ({
    sequenceNumber: String(from + index),
    partitionKey: 'k',
    data: new Uint8Array(),
    arrivedAtMs: START_MS + from + index,
  }));
  return { shardId: SHARD, records };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

let notes: InMemoryNotes;
let clock: ManualClock;
const open = (batch: BatchInput) => new SendRecord({ notes, clock, log: createTestLog() }, batch);

beforeEach(() => {
  notes = new InMemoryNotes();
  clock = new ManualClock(START_MS);
});

describe('SendRecord', () => {
  it('suspects nothing when the last invocation ended well', async () => {
    for (const index of [0, 1, 2]) {
      const [from, to] = [index * 50, index * 50 + 50];
      const record = open(batchOf(from, to));
      const { settled, suspect } = await record.begin(100);
      expect([settled.size, suspect.size]).toEqual([0, 0]);
      record.settle(numbers(from, to));
      await record.end();
    }
  });

  it('knows after a crash what was settled and what was announced, and nothing else', async () => {
    const crashed = open(batchOf(0, 500));
    await crashed.begin(100);
    crashed.settle(numbers(0, 90));
    await new Promise<void>((resolve) => crashed.announceMore(100, resolve));
    const { settled, suspect } = await open(batchOf(0, 500)).begin(100);
    expect([...settled]).toEqual(numbers(0, 90));
    expect([...suspect]).toEqual(numbers(90, 200));
  });

  it('keeps what it knows of a crash until every part of a bisected batch is settled', async () => {
    const crashed = open(batchOf(0, 100));
    await crashed.begin(100);
    for (const [from, to] of [
      [0, 50],
      [50, 75],
      [75, 100],
    ] as const) {
      const part = open(batchOf(from, to));
      expect([...(await part.begin(100)).suspect]).toEqual(numbers(from, to));
      part.settle(numbers(from, to));
      await part.end();
    }
    const left = [...notes.notesOf(SHARD).values()].flatMap((note) => note.open);
    expect(left).toEqual([]);
  });

  it('does not send again what an invocation settled whose response was lost', async () => {
    const record = open(batchOf(0, 50));
    await record.begin(50);
    record.settle(numbers(0, 50));
    await record.end();
    expect((await open(batchOf(0, 50)).begin(50)).settled.size).toBe(50);
  });

  it('suspects of an invocation that ended in time only what it sent', async () => {
    const record = open(batchOf(0, 50));
    await record.begin(50);
    for (let position = 0; position < 7; position++) record.send(position);
    record.settle(numbers(0, 5));
    await record.end();
    const { settled, suspect } = await open(batchOf(5, 50)).begin(50);
    expect([...settled]).toEqual([]);
    expect([...suspect]).toEqual(['5', '6']);
  });

  it('takes nothing for sent that another lane of the shard is sending', async () => {
    const other = open(batchOf(0, 50));
    await other.begin(50);
    const { settled, suspect } = await open(batchOf(50, 90)).begin(50);
    expect([settled.size, suspect.size]).toEqual([0, 0]);
  });

  it('leaves one note behind of a record that crashes one environment after the other', async () => {
    for (let crash = 0; crash < 20; crash++) {
      const { suspect } = await open(batchOf(7, 8)).begin(10);
      expect(suspect.size).toBe(crash === 0 ? 0 : 1);
    }
    expect(notes.notesOf(SHARD).size).toBe(1);
  });

  it('knows what was done for 25 s, also after later batches, and no longer', async () => {
    for (let batch = 0; batch < 60; batch++) {
      const record = open(batchOf(batch * 10, batch * 10 + 10));
      await record.begin(10);
      record.settle(numbers(batch * 10, batch * 10 + 10));
      await record.end();
      await clock.advance(1000);
    }
    expect(notes.notesOf(SHARD).size).toBeLessThan(30);
    // The mapping begins again at the checkpoint of a slower lane.
    const { settled } = await open(batchOf(300, 600)).begin(10);
    expect(Math.min(...[...settled].map(Number))).toBe(340);
    expect(settled.size).toBe(600 - 340);
  });

  it('suspects everything while the notes are unavailable', async () => {
    notes.fails = true;
    const record = open(batchOf(0, 50));
    expect((await record.begin(10)).suspect.size).toBe(50);
    expect(record.announced).toBe(10);
    await record.end();
  });
});

describe('the position of a shard', () => {
  const position = async () => (await notes.read())[0];

  it('is known from the first announcement on, and follows what is settled in order', async () => {
    const record = open(batchOf(100, 200));
    await record.begin(50);
    const first = { shardId: SHARD, settledThrough: '99', arrivedAtMs: START_MS + 100 };
    expect(await position()).toEqual(first);
    record.settle([...numbers(100, 120), ...numbers(121, 140)]);
    await new Promise<void>((resolve) => record.announceMore(50, resolve));
    expect(await position()).toMatchObject({ settledThrough: '119' });
    record.settle(numbers(120, 200));
    await record.end();
    expect(await position()).toMatchObject({
      settledThrough: '199',
      arrivedAtMs: START_MS + 199,
    });
  });

  it('is that of the lane which is furthest behind', async () => {
    const [slow, fast] = [open(batchOf(100, 120)), open(batchOf(120, 200))];
    await slow.begin(20);
    await fast.begin(80);
    fast.settle(numbers(120, 200));
    await fast.end();
    expect(await position()).toMatchObject({ settledThrough: '99' });
    slow.settle(numbers(100, 110));
    await slow.end();
    expect(await position()).toMatchObject({ settledThrough: '109' });
  });

  it('is never ahead: at each moment, every record up to it is settled', async () => {
    const random = seededRandom(5);
    const upTo = (most: number) => Math.floor(random() * most);
    const settled = new Set<number>();
    let firstUnsettled = 0;
    // Two lanes, the even and the odd records, at different speeds; each has up to 7 records in hand.
    const lanes = [0, 1].map((next) => ({
      next,
      hand: [] as number[],
      record: open(batchOf(0, 1)),
    }));
    const begin = async (lane: (typeof lanes)[number]) => {
      lane.hand = Array.from({ length: 1 + upTo(7) }, (_, index) => lane.next + 2 * index);
      lane.next += 2 * lane.hand.length;
      const records = lane.hand.flatMap((number) => batchOf(number, number + 1).records);
      lane.record = open({ shardId: SHARD, records });
      await lane.record.begin(3);
    };
    const settleOne = async ({ hand, record }: (typeof lanes)[number]) => {
      const [done = 0] = hand.splice(upTo(hand.length), 1);
      settled.add(done);
      record.settle([String(done)]);
      if (hand.length === 0) await record.end();
    };
    for (let step = 0; step < 3000; step++) {
      const lane = lanes[random() < 0.7 ? 0 : 1] as (typeof lanes)[number];
      await (lane.hand.length === 0 ? begin(lane) : settleOne(lane));
      while (settled.has(firstUnsettled)) firstUnsettled += 1;
      expect(Number((await position())?.settledThrough)).toBeLessThan(firstUnsettled);
      await clock.advance(upTo(2000));
    }
    expect(Number((await position())?.settledThrough)).toBeGreaterThan(500);
  });

  it('is that of the last batches while dispatch is paused with a backlog', async () => {
    for (const [from, to] of [
      [0, 50],
      [50, 90],
    ] as const) {
      const record = open(batchOf(from, to));
      await record.begin(100);
      record.settle(numbers(from, to));
      await record.end();
    }
    await clock.advance(86_400_000);
    expect(await position()).toMatchObject({ settledThrough: '49' });
  });

  it('passes what Lambda gave up, an hour after its last attempt', async () => {
    const crashed = open(batchOf(10, 11));
    await crashed.begin(10);
    for (let minute = 0; minute <= 60; minute++) {
      expect(Number((await position())?.settledThrough)).toBe(9);
      await clock.advance(60_000);
      const record = open(batchOf(100 + minute, 101 + minute));
      await record.begin(10);
      record.settle(numbers(100 + minute, 101 + minute));
      await record.end();
    }
    await clock.advance(60_000);
    const record = open(batchOf(300, 301));
    await record.begin(10);
    record.settle(['300']);
    await record.end();
    expect(Number((await position())?.settledThrough)).toBeGreaterThan(100);
  });
});

import { describe, expect, it } from 'vitest';
import { createKinesisJournal } from '../../../lib/aws/kinesis-journal.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import type { Journal } from '../../../lib/ports.ts';
import type { ChosenFact } from '../../../lib/replay/replayed-facts.ts';
import { type Progress, type RunOptions, runReplay } from '../../../lib/replay/run.ts';
import { rateBesideLive } from '../../../lib/replay/write-pace.ts';
import { InMemoryJournal } from '../../support/in-memory-journal.ts';
import { LimitedKinesis } from '../../support/limited-kinesis.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';
import { received } from '../../support/timed-facts.ts';

const replay = { runId: 'run', reason: 'test' };

async function* chosen(count: number): AsyncGenerator<ChosenFact> {
  for (let line = 1; line <= count; line++) {
    const fact = received(`e${line}`) as ReceivedFact;
    yield { key: 'facts/a.gz', line, fact, text: Buffer.from(encodeFact(fact)).toString() };
  }
}

function setUp(options: Partial<RunOptions> & { journal: Journal; clock: ManualClock }) {
  const notes: Progress[] = [];
  const stop = new AbortController();
  const held: string[] = [];
  const all: RunOptions = {
    replay,
    limits: { ratePerSecond: 100, openShards: 1 },
    lagMs: () => 0,
    maxLagMs: 60_000,
    log: { note: async (progress) => void notes.push(progress) },
    signal: stop.signal,
    onState: (state) => void (state.held && held.push(state.held)),
    ...options,
  };
  return { notes, stop, held, run: (count: number) => runReplay(chosen(count), all) };
}

/** Moves time until the promise resolves; answers its value and how long it took. */
async function finish<Value>(clock: ManualClock, running: Promise<Value>, stepMs = 50) {
  const startedMs = clock.now();
  let value: { is: Value } | undefined;
  running.then((is) => {
    value = { is };
  });
  while (!value) await clock.advance(stepMs);
  return { value: value.is, seconds: (clock.now() - startedMs) / 1000 };
}

describe('rateBesideLive', () => {
  it.each([
    ['nothing else happens', 0, 0, 20],
    ['there is room', 67, 1500, 20],
    ['there is less room', 77, 0, 10],
    ['there is no room', 99, 0, 5],
    ['there is room, and events have piled up', 67, 2500, 5],
  ])('when %s', (_, ratePerSecond, lagMs, rate) => {
    const target = { ratePerSecond: 100, callsPerEvent: 1 };
    expect(rateBesideLive(20, target, { ratePerSecond, lagMs })).toBe(rate);
    const asking = { ratePerSecond: 100, callsPerEvent: 2 };
    expect(rateBesideLive(10, asking, { ratePerSecond, lagMs })).toBe(rate / 2);
  });
});

describe('runReplay', () => {
  it('appends every event at the rate, as a fact of the run', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const { run, notes } = setUp({ journal, clock });
    const { value, seconds } = await finish(clock, run(1000));
    expect(value).toEqual({ appended: 1000, refused: [], end: 'done' });
    expect(seconds).toBeGreaterThan(9);
    expect(seconds).toBeLessThan(11);
    expect(new Set(journal.facts.map(({ eventId }) => eventId)).size).toBe(1000);
    expect(journal.facts.every((fact) => fact.replay?.runId === 'run')).toBe(true);
    expect(notes.map(({ line }) => line)).toEqual(
      Array.from({ length: 200 }, (_, n) => 5 * (n + 1)),
    );
  });

  it('ends where dispatch does not catch up: no wait is without an end', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const { run } = setUp({ journal, clock, lagMs: () => 61_000 });
    const { value, seconds } = await finish(clock, run(10), 1000);
    expect(value).toEqual({ appended: 0, refused: [], end: 'behind' });
    expect(seconds).toBeLessThan(16 * 60);
  });

  it('ends before it appends anything when the lock is not certain any more', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const { run } = setUp({ journal, clock, mayAppend: () => journal.facts.length < 20 });
    const { value } = await finish(clock, run(100));
    expect(value.end).toBe('replaced');
    expect(journal.facts.length).toBeLessThan(40);
  });

  it.each([
    [false, true],
    [true, undefined],
  ])('asks the target first, unless it is empty (%s)', async (intoEmptyTarget, mayRepeat) => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const { run } = setUp({ journal, clock, intoEmptyTarget });
    await finish(clock, run(5));
    expect(journal.facts.map((fact) => fact.type === 'received' && fact.mayRepeat)).toEqual(
      Array(5).fill(mayRepeat),
    );
  });

  it('waits while dispatch is too far behind', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const startedMs = clock.now();
    const lagMs = () => (clock.now() - startedMs < 30_000 ? 75_000 : 1000);
    const { run, held } = setUp({ journal, clock, lagMs });
    const running = run(10);
    await clock.advance(29_000);
    expect(journal.facts).toEqual([]);
    await finish(clock, running);
    expect(journal.facts).toHaveLength(10);
    expect(held[0]).toBe('waits: dispatch is 75 s behind');
  });

  it('gives way while live events need the target', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const startedMs = clock.now();
    const rateNow = () => (clock.now() - startedMs < 20_000 ? 10 : 1000);
    const { run } = setUp({ journal, clock, rateNow });
    const running = run(400);
    await clock.advance(20_000);
    expect(journal.facts.length).toBeGreaterThan(190);
    expect(journal.facts.length).toBeLessThan(220);
    expect((await finish(clock, running)).seconds).toBeLessThan(3);
  });

  it('stops between groups, with all that it appended noted', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const { run, stop, notes } = setUp({ journal, clock });
    const running = run(1000);
    await clock.advance(2000);
    stop.abort();
    const { value } = await finish(clock, running);
    expect(value.end).toBe('stopped');
    expect(value.appended).toBe(journal.facts.length);
    expect(value.appended).toBeGreaterThan(100);
    expect(value.appended).toBeLessThan(400);
    expect(notes.at(-1)?.line).toBe(value.appended);
  });

  it('names what the journal never takes, and appends the rest', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    journal.refuses = ({ eventId }) => eventId === 'e7';
    const { run, notes } = setUp({ journal, clock });
    const { value } = await finish(clock, run(100));
    expect(value).toEqual({ appended: 99, refused: ['e7'], end: 'done' });
    expect(notes[1]).toMatchObject({ line: 10, refused: ['e7'] });
  });

  it('ends when the journal takes nothing', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    journal.refuses = () => true;
    const { run } = setUp({ journal, clock });
    const { value } = await finish(clock, run(100_000));
    expect(value).toMatchObject({ appended: 0, end: 'unavailable' });
    expect(value.refused.length).toBeLessThan(500);
  });

  it('rejects, and goes no further, when it cannot note how far it is', async () => {
    const clock = new ManualClock();
    const journal = new InMemoryJournal();
    const note = async () => Promise.reject(new Error('disk full'));
    const { run } = setUp({ journal, clock, log: { note } });
    const running = run(1000).catch((error: Error) => error.message);
    expect((await finish(clock, running)).value).toBe('disk full');
    expect(journal.facts.length).toBeLessThan(100);
  });

  it.each([1, 4])(
    'uses a stream of %d shards to its limit, with every twentieth record refused, and loses nothing',
    async (shards) => {
      const clock = new ManualClock();
      const kinesis = new LimitedKinesis({ shards, clock, faultShare: 0.05, latencyMs: 20 });
      const { client } = kinesis;
      const log = createTestLog();
      const journal = createKinesisJournal({ client, streamName: 's', clock, log });
      const limits = { ratePerSecond: 100_000, openShards: shards };
      const { run } = setUp({ journal, clock, limits });
      const events = 10_000 * shards;
      const { value, seconds } = await finish(clock, run(events), 10);
      expect(value).toEqual({ appended: events, refused: [], end: 'done' });
      expect(events / seconds / (1000 * shards)).toBeGreaterThan(0.9);
      expect(kinesis.injected).toBeGreaterThan(events * 0.04);
      const ids = kinesis.taken.map(({ data }) => {
        const decoding = decodeFact(data);
        return decoding.valid ? decoding.fact.eventId : '';
      });
      expect(ids).toHaveLength(events);
      expect(new Set(ids).size).toBe(events);
    },
  );
});

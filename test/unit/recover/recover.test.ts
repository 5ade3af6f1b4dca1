import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import type { ObjectNotification } from '../../../lib/recover/keys-to-recover.ts';
import type { RecoverPorts } from '../../../lib/recover/move-to-journal.ts';
import { recover } from '../../../lib/recover/recover.ts';
import { measurementsOf } from '../../../lib/recover/recover-measurements.ts';
import { releasesPerRun } from '../../../lib/recover/release-parked.ts';
import { behindKey, parkedKey, spillKey } from '../../../lib/recover/spill-key.ts';
import { InMemoryJournal } from '../../support/in-memory-journal.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const at = '2025-12-31T10:00:00.000Z';
const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

function parkedFact(eventId: string): ReceivedFact {
  return {
    ...{ v: 1, type: 'received', eventId, at, traceId: 'a'.repeat(32), mayRepeat: true },
    ...{ deferral: 2, failedAttempts: 5 },
    attempts: [{ at, ms: 3, outcome: 'unavailable', status: 503 }],
    payload: new VerbatimPayload(`{"id":"${eventId}","n":1.50}`),
  };
}

/** Events by how long they have been due, in minutes; spilled ones by id. */
async function lab(dueForMinutes: Record<string, number> = {}, spilled: string[] = []) {
  const spill = new InMemoryObjects();
  const park = (id: string, dueMs: number) => {
    const fact = parkedFact(id);
    return spill.put(parkedKey(fact, dueMs), encodeFact(fact));
  };
  for (const [id, minutes] of Object.entries(dueForMinutes))
    await park(id, NOW_MS - minutes * MINUTE_MS);
  for (const id of spilled) {
    const { deferral: _, ...fact } = parkedFact(id);
    await spill.put(spillKey(fact, id), encodeFact(fact));
  }
  const journal = new InMemoryJournal();
  const clock = new ManualClock(NOW_MS);
  const ports = { spill, journal, clock, log: createTestLog({ errorsExpected: true }) };
  const run = (
    { most = 100, untilMs = Number.POSITIVE_INFINITY } = {},
    event: ObjectNotification = {},
  ) => recover(event, ports, { mostReleases: most, untilMs });
  const appended = () => journal.facts.map(({ eventId }) => eventId);
  return { ...ports, park, run, appended, keys: () => [...spill.stored.keys()] };
}

describe('a scheduled run', () => {
  it('releases what is due, the oldest first, and leaves the rest', async () => {
    const { run, appended, keys } = await lab({ b: 1, a: 600, c: 0, later: -1, much: -5000 });
    expect(await run()).toEqual({
      ...{ recovered: 0, released: 3, waiting: 0, unreadable: 0, gone: 0, left: 0 },
      ...{ parked: 2, nextDueMs: NOW_MS + MINUTE_MS },
    });
    expect(appended()).toEqual(['a', 'b', 'c']);
    expect(keys()).toHaveLength(2);
  });

  it('appends the fact as it was parked: first time, deferral, attempts, and the payload to the letter', async () => {
    const { run, journal } = await lab({ a: 1 });
    await run();
    const [fact] = journal.facts as [ReceivedFact];
    expect(Buffer.from(encodeFact(fact))).toEqual(Buffer.from(encodeFact(parkedFact('a'))));
  });

  it('serves what was spilled first, and all of it', async () => {
    const { run, appended } = await lab({ a: 600, b: 1 }, ['s', 't']);
    expect(await run({ most: 1 })).toMatchObject({ recovered: 2, released: 1, waiting: 1 });
    expect(appended()).toEqual(['s', 't', 'a']);
  });

  it('releases nothing when it could not serve what was spilled', async () => {
    const { run, journal, keys } = await lab({ a: 1 }, ['s', 't']);
    journal.refuses = ({ eventId }) => eventId === 's';
    expect(await run()).toMatchObject({ recovered: 1, released: 0, left: 1 });
    expect(keys()).toHaveLength(2);
  });

  it('releases nothing while an object says that dispatch is behind, and goes on two minutes after the last', async () => {
    const { run, spill, clock } = await lab({ a: 1, b: 1, later: -5 });
    for (const shard of ['shardId-0', 'shardId-1']) await spill.put(behindKey(shard), '{}');
    spill.modifiedMs = (key) => (key === behindKey('shardId-1') ? NOW_MS : 0);
    expect(await run()).toMatchObject({ released: 0, waiting: 2 });
    await clock.advance(119_999);
    expect(await run()).toMatchObject({ released: 0, waiting: 2 });
    await clock.advance(1);
    expect(await run()).toMatchObject({ released: 2, waiting: 0 });
  });

  it('keeps what the journal refuses, and releases it the next time', async () => {
    const { run, journal, appended, keys } = await lab({ a: 1, b: 1 });
    journal.refuses = ({ eventId }) => eventId === 'a';
    expect(await run()).toMatchObject({ released: 1, waiting: 1, left: 1 });
    expect(keys()).toHaveLength(1);
    journal.refuses = () => false;
    await run();
    expect(appended().sort()).toEqual(['a', 'b']);
  });

  it('sets aside what holds no event, and leaves what cannot be read', async () => {
    const { run, spill, keys, appended } = await lab({ a: 1, b: 1 });
    const bad = parkedKey(parkedFact('bad'), NOW_MS - 1);
    await spill.put(bad, '{"v":1');
    const unread = parkedKey(parkedFact('a'), NOW_MS - MINUTE_MS);
    spill.fails = (operation, key) => operation === 'get' && key === unread;
    expect(await run()).toMatchObject({ released: 1, unreadable: 1, left: 1, waiting: 1 });
    expect(appended()).toEqual(['b']);
    expect(keys().sort()).toEqual([unread, `unreadable/${bad}`]);
  });

  it('releases nothing more when its time is over', async () => {
    const { run, keys } = await lab({ a: 1 });
    expect(await run({ untilMs: NOW_MS })).toMatchObject({ released: 0, left: 1 });
    expect(keys()).toHaveLength(1);
  });

  it('counts what stays parked, up to 10,000', async () => {
    const { run, spill } = await lab();
    let listed = 0;
    spill.list = async function* (prefix) {
      while (prefix === 'parked/') {
        listed += 1;
        const fact = { ...parkedFact(`later-${listed}`) };
        yield { key: parkedKey(fact, NOW_MS + MINUTE_MS), size: 1, lastModified: new Date(0) };
      }
    };
    expect(await run()).toMatchObject({ released: 0, waiting: 0, parked: 10_000 });
    expect(listed).toBe(10_000);
  });
});

describe('the metrics of a run', () => {
  const scheduled = { nowMs: NOW_MS, isScheduled: true };

  it('tell what is parked, what of it is due, and when the next is', async () => {
    const { run } = await lab({ a: 2, b: 1, later: -5 }, ['s']);
    expect(measurementsOf(await run({ most: 1 }), scheduled)).toEqual([
      { metric: 'Recovered', value: 1 },
      { metric: 'Released', value: 1 },
      { metric: 'SpillLeft', value: 0 },
      { metric: 'Parked', value: 2 },
      { metric: 'ParkedDue', value: 1 },
      { metric: 'NextDue', value: 0 },
    ]);
    expect(measurementsOf(await run(), scheduled)).toContainEqual({
      ...{ metric: 'NextDue', value: 300 },
    });
  });

  it('tell what is left of spilled events, and then nothing of parked ones', async () => {
    const { run, journal } = await lab({ a: 1 }, ['s', 't']);
    journal.refuses = ({ eventId }) => eventId === 's';
    expect(measurementsOf(await run(), scheduled)).toEqual([
      { metric: 'Recovered', value: 1 },
      { metric: 'Released', value: 0 },
      { metric: 'SpillLeft', value: 1 },
    ]);
  });

  it('say nothing of what is left after a notification, which names single objects', async () => {
    const { run, keys } = await lab({ a: 1 }, ['s']);
    const Records = keys().map((key) => ({ s3: { object: { key } } }));
    const report = await run({}, { Records });
    expect(measurementsOf(report, { nowMs: NOW_MS, isScheduled: false })).toEqual([
      { metric: 'Recovered', value: 1 },
      { metric: 'Released', value: 0 },
    ]);
  });
});

it('leaves parked events alone when S3 tells of a spilled one', async () => {
  const { run, appended, keys } = await lab({ a: 1 }, ['s']);
  const Records = keys().map((key) => ({ s3: { object: { key } } }));
  expect(await run({}, { Records })).toMatchObject({ recovered: 1, released: 0, waiting: 0 });
  expect(appended()).toEqual(['s']);
});

it.each([
  ['5 % of 100 calls a second for a minute, two calls each', 0.05, 100, 1, 150],
  ['rounded down', 0.05, 1, 1.5, 2],
  ['one at least', 0.05, 0.01, 1, 1],
])('may release so many events a run: %s', (_, share, ratePerSecond, scheduleMinutes, events) => {
  expect(releasesPerRun({ share, ratePerSecond, scheduleMinutes })).toBe(events);
});

describe('runs side by side, that may stop anywhere', () => {
  /** The ports of a run: every operation waits for its turn, and from the `crashesAt`th on none happens. */
  function crashing(ports: RecoverPorts, scheduler: fc.Scheduler, crashesAt: number): RecoverPorts {
    let operations = 0;
    const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      operations += 1;
      const mayStart = operations < crashesAt;
      await scheduler.schedule(Promise.resolve(), 'operation');
      if (!mayStart) throw new Error('this run has crashed');
      return work();
    };
    const { spill, journal } = ports;
    return {
      ...ports,
      spill: {
        list: (prefix) => spill.list(prefix),
        stream: (key) => spill.stream(key),
        get: (key) => step(() => spill.get(key)),
        put: (key, body, options) => step(() => spill.put(key, body, options)),
        delete: (key) => step(() => spill.delete(key)),
      },
      journal: { appendAll: (facts, untilMs) => step(() => journal.appendAll(facts, untilMs)) },
    };
  }

  it('lose nothing, and leave nothing behind for the next run', async () => {
    const crash = fc.integer({ min: 1, max: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        crash,
        crash,
        fc.nat({ max: 7 }),
        async (scheduler, first, second, most) => {
          const ids = ['a', 'b', 'c', 'd', 'e'];
          const due = Object.fromEntries(ids.map((id, index) => [id, index]));
          const { run, appended, keys, ...ports } = await lab(due, ['s', 't']);
          const { spill, journal, clock, log } = ports;
          const runs = [first, second].map((crashesAt) =>
            recover({}, crashing({ spill, journal, clock, log }, scheduler, crashesAt), {
              mostReleases: most + 1,
              untilMs: Number.POSITIVE_INFINITY,
            }).catch(() => undefined),
          );
          await scheduler.waitFor(Promise.all(runs));
          const waiting = keys().map((key) => JSON.parse(String(spill.stored.get(key))).eventId);
          expect([...new Set([...appended(), ...waiting])].sort()).toEqual([...ids, 's', 't']);
          await run();
          expect([...new Set(appended())].sort()).toEqual([...ids, 's', 't']);
          expect(keys()).toEqual([]);
        },
      ),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import { keysToRecover } from '../../../lib/recover/keys-to-recover.ts';
import { moveToJournal } from '../../../lib/recover/move-to-journal.ts';
import { parkedKey, spillKey } from '../../../lib/recover/spill-key.ts';
import { InMemoryJournal } from '../../support/in-memory-journal.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const at = '2026-01-01T10:00:00.000Z';

function factOf(eventId: string): ReceivedFact {
  const payload = new VerbatimPayload(`{"id":"${eventId}","n":1.50}`);
  return { v: 1, type: 'received', eventId, at, traceId: 'a'.repeat(32), payload };
}

async function lab(ids: string[], others: Record<string, string> = {}) {
  const spill = new InMemoryObjects();
  for (const id of ids) await spill.put(spillKey({ at }, id), encodeFact(factOf(id)));
  for (const [key, body] of Object.entries(others)) await spill.put(key, body);
  const journal = new InMemoryJournal();
  const clock = new ManualClock();
  const log = createTestLog({ errorsExpected: true });
  const ports = { spill, journal, clock, log };
  const run = (untilMs = Number.POSITIVE_INFINITY) =>
    moveToJournal(keysToRecover({}, spill, clock.now()), ports, untilMs);
  const ids_ = () => journal.facts.map(({ eventId }) => eventId);
  return { ...ports, run, appended: ids_, keys: () => [...spill.stored.keys()] };
}

describe('moveToJournal', () => {
  it('moves every fact into the journal as it was, marked as a possible copy', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `e-${n}`);
    const { run, journal, keys } = await lab(ids);
    expect(await run()).toEqual({ moved: 250, unreadable: 0, gone: 0, left: 0 });
    expect(journal.facts.map(({ eventId }) => eventId).sort()).toEqual(ids.sort());
    expect(keys()).toEqual([]);
    const [first] = journal.facts;
    expect(first).toMatchObject({ mayRepeat: true, at });
    expect(Buffer.from(encodeFact(first as ReceivedFact)).toString()).toContain('"n":1.50');
  });

  it('deletes only what the journal took', async () => {
    const { run, journal, keys, appended } = await lab(['a', 'b', 'c']);
    journal.refuses = ({ eventId }) => eventId === 'b';
    expect(await run()).toMatchObject({ moved: 2, left: 1 });
    expect(keys()).toEqual([spillKey({ at }, 'b')]);
    journal.refuses = () => false;
    expect(await run()).toMatchObject({ moved: 1, left: 0 });
    expect(appended().sort()).toEqual(['a', 'b', 'c']);
  });

  it('sets aside what holds no event, and goes on', async () => {
    const others = {
      'spill/bad': 'not JSON',
      'spill/other': '{"v":1,"type":"delivered","eventId":"x","at":"2026-01-01","traceId":""}',
      'spill/huge': JSON.stringify({ ...factOf('huge'), padding: 'x'.repeat(1024 * 1024) }),
      'spill/empty': '',
    };
    const { run, keys, appended } = await lab(['a'], others);
    expect(await run()).toEqual({ moved: 1, unreadable: 4, gone: 0, left: 0 });
    expect(appended()).toEqual(['a']);
    const aside = ['unreadable/bad', 'unreadable/empty', 'unreadable/huge', 'unreadable/other'];
    expect(keys().sort()).toEqual(aside);
  });

  it('leaves what cannot be read or set aside, and goes on', async () => {
    const { run, spill, appended } = await lab(['a', 'b'], { 'spill/bad': '?' });
    spill.fails = (operation, key) => operation === 'get' && key === spillKey({ at }, 'a');
    expect(await run()).toMatchObject({ moved: 1, unreadable: 1, left: 1 });
    expect(appended()).toEqual(['b']);
  });

  it('appends again what it could not delete', async () => {
    const { run, spill, appended } = await lab(['a']);
    spill.fails = (operation) => operation === 'delete';
    await run();
    spill.fails = () => false;
    await run();
    expect(appended()).toEqual(['a', 'a']);
    expect(spill.stored.size).toBe(0);
  });

  it('takes a parked event that was moved into spill/, as is done before a rollback', async () => {
    const parked: ReceivedFact = {
      ...factOf('p'),
      ...{ mayRepeat: true, deferral: 3, failedAttempts: 7 },
      attempts: [{ at, ms: 5, outcome: 'unavailable', status: 503 }],
    };
    const key = parkedKey(parked, Date.parse(at));
    const { run, journal, keys } = await lab([], {
      [key.replace('parked/', 'spill/')]: Buffer.from(encodeFact(parked)).toString(),
    });
    expect(await run()).toMatchObject({ moved: 1, unreadable: 0 });
    expect(journal.facts.map((fact) => Buffer.from(encodeFact(fact)).toString())).toEqual([
      Buffer.from(encodeFact(parked)).toString(),
    ]);
    expect(keys()).toEqual([]);
  });

  it('may run twice at once: nothing is lost', async () => {
    const { run, appended, keys } = await lab(['a', 'b', 'c']);
    await Promise.all([run(), run()]);
    expect([...new Set(appended())].sort()).toEqual(['a', 'b', 'c']);
    expect(keys()).toEqual([]);
  });

  it('starts nothing when its time is over', async () => {
    const { run, clock, keys } = await lab(['a']);
    expect(await run(clock.now())).toMatchObject({ moved: 0, left: 1 });
    expect(keys()).toHaveLength(1);
  });

  it('counts objects that another run has taken', async () => {
    const { spill, journal, clock, log } = await lab([]);
    const ports = { spill, journal, clock, log };
    const report = await moveToJournal(['spill/gone'], ports, Number.POSITIVE_INFINITY);
    expect(report).toEqual({ moved: 0, unreadable: 0, gone: 1, left: 0 });
  });
});

describe('keysToRecover', () => {
  it('takes the keys that a notification names, as S3 encodes them', () => {
    const event = {
      Records: [{ s3: { object: { key: 'spill/dt%3D2026-01-01/a+b%C3%A9.json' } } }],
    };
    const keys = keysToRecover(event, new InMemoryObjects(), 0);
    expect([...(keys as string[])]).toEqual(['spill/dt=2026-01-01/a bé.json']);
  });

  it('leaves alone what a notification names outside of spill/: a parked event would be released before it is due', () => {
    const keys = ['parked/2026-01-01T10-00/1.json', 'unreadable/x', 'spill/y'];
    const event = { Records: keys.map((key) => ({ s3: { object: { key } } })) };
    expect([...(keysToRecover(event, new InMemoryObjects(), 0) as string[])]).toEqual(['spill/y']);
  });

  it('takes what waits for longer than a notification needs, on a schedule', async () => {
    const { spill } = await lab(['a'], { 'unreadable/x': '' });
    const keysAt = async (nowMs: number) => {
      const keys: string[] = [];
      for await (const key of keysToRecover({}, spill, nowMs)) keys.push(key);
      return keys;
    };
    expect(await keysAt(29_999)).toEqual([]);
    expect(await keysAt(30_000)).toEqual([spillKey({ at }, 'a')]);
  });
});

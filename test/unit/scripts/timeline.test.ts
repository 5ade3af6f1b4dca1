import { describe, expect, it } from 'vitest';
import { createArchiveHistory } from '../../../lib/archive/event-history.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact, ReceivedFact } from '../../../lib/event/fact.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { lifeLinesOf, standingOf } from '../../../scripts/trace/timeline.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import {
  deadLettered,
  deferred,
  delivered,
  isoTime,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

const PARTITION = 'facts/dt=2026-03-01/hh=12/';
const replay = { runId: 'run-1', reason: 'lost at the target' };

async function stores(...archived: Fact[][]) {
  const archive = new InMemoryObjects();
  const spill = new InMemoryObjects();
  for (const [index, facts] of archived.entries())
    await archive.archive(`${PARTITION}${index}.gz`, facts);
  return { archive, spill, source: createArchiveHistory({ archive, spill, bufferSeconds: 60 }) };
}

describe('trace', () => {
  it('tells the life of an event in order, with every attempt and replay', async () => {
    const { source } = await stores(
      [received('other'), delivered('e'), received('e')],
      [received('e', { atMs: NOON_MS + 60_000, replay }), received('e')],
      [deadLettered('e', { atMs: NOON_MS + 61_000, replay })],
    );
    const history = await source.read('e');
    expect(lifeLinesOf(history).map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      '2026-03-01T12:00:00.000Z +0 s received, durable in the journal',
      `trace ${'b'.repeat(32)}, archive ${PARTITION}0.gz, line 3`,
      '2026-03-01T12:00:00.995Z +1 s attempt 1: delivered (200) in 5 ms',
      '2026-03-01T12:00:01.000Z +1 s delivered, first tried 1 s after it was received',
      '2026-03-01T12:01:00.000Z +60 s replayed by run-1: lost at the target',
      `trace ${'b'.repeat(32)}, archive ${PARTITION}1.gz, line 1`,
      '2026-03-01T12:01:00.995Z +61 s attempt 1: rejected (400) in 5 ms',
      '2026-03-01T12:01:01.000Z +61 s dead-lettered, rejected: HTTP_400 bad (replay run-1)',
    ]);
    expect(standingOf(history, NOON_MS + 70_000)).toMatchObject({ state: 'delivered' });
  });

  it('says for how long an event is pending, a replayed one too', async () => {
    const { source } = await stores([received('e')]);
    const nowMs = NOON_MS + 5000;
    expect(standingOf(await source.read('e'), nowMs)).toEqual({
      state: 'pending',
      detail: expect.stringContaining('It is pending for 5 s'),
    });
    const again = await stores([
      received('e'),
      delivered('e'),
      received('e', { atMs: nowMs, replay }),
    ]);
    expect(standingOf(await again.source.read('e'), nowMs + 1000)).toEqual({
      state: 'delivered',
      detail: expect.stringContaining('The target has it. Its replay is pending for 1 s'),
    });
  });

  it('says of an id that was sent twice that it was delivered, with or without an end of the second', async () => {
    const second = received('e', { atMs: NOON_MS + 60_000 });
    const open = await stores([received('e'), delivered('e'), second]);
    expect(standingOf(await open.source.read('e'), NOON_MS)).toMatchObject({ state: 'delivered' });
    const end = {
      ...delivered('e', { atMs: NOON_MS + 61_000 }),
      ...{ verified: true as const, attempts: [] },
    };
    const both = await stores([received('e'), delivered('e'), second, end]);
    const history = await both.source.read('e');
    expect(lifeLinesOf(history).at(-1)).toContain('not sent again: it was delivered before');
    expect(standingOf(history, NOON_MS).detail).toBe('The target has it.');
  });

  it('finds what waits in the spill bucket, and ids that JSON escapes', async () => {
    const { spill, source } = await stores([]);
    const id = 'a "quoted\\" id';
    await spill.put('spill/dt=2026-03-01/hh=12/x.json', encodeFact(received(id)));
    expect((await source.read(id)).facts).toMatchObject([
      { where: 'spill spill/dt=2026-03-01/hh=12/x.json, line 1' },
    ]);
  });

  it('tells of deferrals: attempts once, until when, after how many failures, and the last error', async () => {
    const untilMs = NOON_MS + 120_000;
    const first = deferred('e', { untilMs });
    const second = deferred('e', { atMs: untilMs + 1000, deferral: 2, untilMs: untilMs + 240_000 });
    const { source } = await stores([
      ...[received('e'), received('e', { deferral: 1 }), first],
      { ...second, attempts: [...first.attempts, ...second.attempts] },
    ]);
    const history = await source.read('e');
    const lines = lifeLinesOf(history).filter((line) => !line.includes('trace'));
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      '2026-03-01T12:00:00.000Z +0 s received, durable in the journal',
      '2026-03-01T12:00:00.995Z +1 s attempt 1: unavailable (503) in 5 ms',
      '2026-03-01T12:00:01.000Z +1 s deferred (1st time) until 2026-03-01T12:02:00.000Z, after 1 failed attempt: HTTP_503 busy',
      '2026-03-01T12:02:00.000Z +2 min 0 s due again, and released after that (deferred 1st time)',
      '2026-03-01T12:02:00.995Z +2 min 0 s attempt 2: unavailable (503) in 5 ms',
      '2026-03-01T12:02:01.000Z +2 min 1 s deferred (2nd time) until 2026-03-01T12:06:00.000Z, after 2 failed attempts: HTTP_503 busy',
    ]);
    expect(standingOf(history, untilMs + 60_000)).toEqual({
      state: 'deferred',
      dueAt: '2026-03-01T12:06:00.000Z',
      detail: expect.stringContaining('is tried again at 2026-03-01T12:06:00.000Z, in 3 min 0 s'),
    });
    expect(standingOf(history, untilMs + 300_000).detail).toContain('60 s ago');
  });

  it('finds what is parked in the spill bucket before the archive knows it', async () => {
    const { spill, source } = await stores([received('e')]);
    const dueMs = NOON_MS + 60_000;
    const parked = received('e', { deferral: 1 }) as ReceivedFact;
    const other = received('other', { deferral: 1 }) as ReceivedFact;
    const key = parkedKey(parked, dueMs);
    for (const fact of [parked, other]) await spill.put(parkedKey(fact, dueMs), encodeFact(fact));
    const history = await source.read('e');
    expect(spill.opened).toEqual([key]);
    expect(history.parked).toEqual([
      { deferral: 1, failedAttempts: 1, until: isoTime(dueMs), where: `spill ${key}` },
    ]);
    expect(standingOf(history, NOON_MS)).toMatchObject({
      state: 'deferred',
      dueAt: isoTime(dueMs),
    });
    spill.stored.delete(key);
    expect(standingOf(await source.read('e'), NOON_MS)).toMatchObject({ state: 'pending' });
  });

  it('tells of each attempt why it failed, where its fact knows', async () => {
    const attempts = [
      { at: isoTime(NOON_MS), ms: 5, outcome: 'unavailable' as const, status: 503 },
      {
        at: isoTime(NOON_MS + 1),
        ms: 6,
        outcome: 'unknown' as const,
        status: null,
        error: 'TIMEOUT: late',
      },
    ];
    const { source } = await stores([{ ...deferred('e'), attempts }]);
    const lines = lifeLinesOf(await source.read('e')).map((line) => line.replace(/.* {2}/, ''));
    expect(lines.slice(0, 2)).toEqual([
      'attempt 1: unavailable (503) in 5 ms',
      'attempt 2: unknown, no answer in 6 ms: TIMEOUT: late',
    ]);
  });

  it('looks only at new objects when it is asked again', async () => {
    const { archive, source } = await stores([received('e')], [received('other')]);
    expect((await source.read('e')).facts).toHaveLength(1);
    await archive.archive(`${PARTITION}2.gz`, [delivered('e')]);
    expect((await source.read('e')).facts).toHaveLength(2);
    expect(archive.opened).toEqual([0, 1, 2].map((index) => `${PARTITION}${index}.gz`));
  });
});

import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { archiveObject } from '../../support/in-memory-objects.ts';
import {
  deadLettered,
  delivered,
  dismissed,
  NOON_MS,
  received,
} from '../../support/timed-facts.ts';

import { auditOf, HOUR_MS, old, replay, type Situation } from './audit-lab.ts';

describe('audit', () => {
  it('holds when every event has ended, or may still be delivered', async () => {
    const report = await auditOf({
      archived: [
        ...[received('a'), delivered('a'), received('b'), deadLettered('b')],
        ...[received('c'), received('e', old)],
      ],
      spilled: [received('d', old)],
      givenUp: [received('e', old)],
      journaled: [[received('c'), 60_000]],
      acked: ['a', 'b', 'c', 'd', 'e'],
    });
    expect(report).toMatchObject({
      holds: true,
      events: {
        ...{ received: 5, delivered: 1, deadLettered: 1, pending: 2 },
        ...{ givenUp: 1, unaccounted: 0, unjudged: 0, replayed: 0 },
      },
      offences: { unaccounted: 0, neverReceived: 0, deliveredTwice: 0, missing: 0, givenUp: 1 },
      findings: [],
      witnesses: ['the versions of the archive bucket', '5 acknowledged ids'],
      offenders: { givenUp: ['e'] },
      acked: 5,
    });
  });

  it('says what it does', async () => {
    const told: string[] = [];
    await auditOf({
      archived: [
        received('a'),
        delivered('a'),
        received('a', { atMs: NOON_MS + 1 }),
        received('x', old),
      ],
      ...{ tabled: [['a', NOON_MS]], journaled: [[received('b'), 60_000]] },
      options: {
        onProgress: (what) => told.push(what.replaceAll(/\d+/g, 'N')),
        sample: { count: 1, random: () => 0.5, ask: async () => 'found' },
      },
    });
    expect([...new Set(told)]).toEqual([
      'reading the stores: N facts in N objects',
      'listing the versions of the archive bucket',
      'reading the status table: N receipts',
      'reading the journal',
      'asking the target about a sample: N of N',
      'comparing the bodies of N events that were sent again',
      'reading the archive again, for the ids of what was found',
    ]);
  });

  it('counts a dead letter that was dismissed apart from those that need somebody', async () => {
    const report = await auditOf({
      archived: [
        received('a'),
        deadLettered('a'),
        dismissed('a'),
        received('b'),
        deadLettered('b'),
      ],
    });
    expect(report).toMatchObject({
      holds: true,
      events: { received: 2, deadLettered: 1, dismissed: 1 },
    });
  });

  it('counts a dismissed event as dead-lettered again once it was sent again, until it is dismissed again', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms, replay });
    const archived = [
      ...[received('a'), deadLettered('a'), dismissed('a')],
      received('a', at(10_000)),
    ];
    const statusOf = async (more: Fact[]) =>
      (await auditOf({ archived: [...archived, ...more] })).events;
    expect(await statusOf([])).toMatchObject({ dismissed: 0, deadLettered: 1 });
    const dead = deadLettered('a', at(20_000));
    expect(await statusOf([dead])).toMatchObject({ dismissed: 0, deadLettered: 1 });
    const again = dismissed('a', { atMs: NOON_MS + 30_000 });
    // The order in which facts are read makes no difference.
    expect(await statusOf([again, dead])).toMatchObject({ dismissed: 1, deadLettered: 0 });
  });

  it('names ids that came with several bodies, which is no loss', async () => {
    const later = (ms: number, name: string) => received('two', { atMs: NOON_MS + ms, name });
    const archived = [
      ...[received('two'), delivered('two'), later(5000, 'order.shipped')],
      ...[delivered('two', { atMs: NOON_MS + 5001, verified: true }), later(6000, 'order.placed')],
      delivered('two', { atMs: NOON_MS + 6001, verified: true }),
      // The same body again, and the copies of a replay and of a return, are no conflict.
      ...[received('same'), delivered('same'), received('same', { atMs: NOON_MS + 5000 })],
      delivered('same', { atMs: NOON_MS + 5001, verified: true }),
      ...[received('again'), delivered('again'), received('again', { atMs: NOON_MS + 1, replay })],
      delivered('again', { atMs: NOON_MS + 2, replay }),
    ];
    expect(await auditOf({ archived })).toMatchObject({
      verdict: 'holds',
      events: { received: 3, delivered: 3 },
      offences: { conflicting: 1 },
      offenders: { conflicting: ['two'] },
    });
  });

  it('holds also where the archive has facts twice', async () => {
    const facts = [received('a'), delivered('a')];
    const report = await auditOf({ archived: [...facts, ...facts] });
    expect(report).toMatchObject({ holds: true, archive: { facts: 2, repeated: 2 } });
  });

  it('names an event that the journal cannot hold any more, and one that may still be in it', async () => {
    const report = await auditOf({ archived: [received('old', old), received('young')] });
    expect(report).toMatchObject({
      verdict: 'does not hold',
      events: { unaccounted: 1, unjudged: 1 },
      offenders: { unaccounted: ['old'], unjudged: ['young'] },
    });
  });

  it('lets a replayed event be pending again', async () => {
    const archived = [received('old', old), received('old', { replay })];
    const journaled: Situation['journaled'] = [[received('old', { replay }), HOUR_MS]];
    expect(await auditOf({ archived, journaled })).toMatchObject({
      holds: true,
      events: { received: 1, pending: 1, replayed: 1 },
    });
  });

  it('names what ended without having been received', async () => {
    // Then a part of the archive is gone, and nothing that is absent proves a loss.
    const archived = [delivered('ghost'), received('old', old)];
    expect(await auditOf({ archived })).toMatchObject({
      verdict: 'not proven',
      offences: { neverReceived: 1 },
      offenders: { neverReceived: ['ghost'] },
    });
  });

  it('names what was created twice, and does not count a replay as that', async () => {
    const again = { atMs: NOON_MS + 5000 };
    const report = await auditOf({
      archived: [
        ...[received('twice'), delivered('twice'), delivered('twice', again)],
        ...[received('replayed'), delivered('replayed')],
        ...[received('replayed', { replay }), delivered('replayed', { ...again, replay })],
        ...[
          received('found'),
          delivered('found'),
          delivered('found', { ...again, verified: true }),
        ],
      ],
    });
    expect(report).toMatchObject({
      verdict: 'does not hold',
      events: { received: 3, delivered: 3, replayed: 1 },
      createdAgain: 2,
      offences: { deliveredTwice: 1 },
      offenders: { deliveredTwice: ['twice'] },
    });
  });

  it('names what one replay run created twice', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms, replay });
    const archived = [
      received('a'),
      received('a', { replay }),
      delivered('a', at(1)),
      delivered('a', at(2)),
    ];
    expect(await auditOf({ archived })).toMatchObject({
      holds: false,
      offenders: { deliveredTwice: ['a'] },
    });
  });

  it('names acknowledged ids that were never received', async () => {
    const report = await auditOf({
      archived: [received('a'), delivered('a')],
      acked: ['a', 'lost'],
    });
    // What is too new for the archive is not known without the journal.
    expect(report).toMatchObject({
      verdict: 'not proven',
      offenders: { missing: ['lost'] },
      acked: 2,
    });
    const withJournal = await auditOf({
      archived: [received('a'), delivered('a')],
      acked: ['a', 'lost'],
      journaled: [],
    });
    expect(withJournal).toMatchObject({
      verdict: 'does not hold',
      offenders: { missing: ['lost'] },
    });
  });

  it('is about events received in the range, and looks after it for what became of them', async () => {
    const at = (ms: number) => ({ atMs: NOON_MS + ms });
    const report = await auditOf({
      archived: [
        ...[received('before', at(-1)), delivered('before', at(5))],
        ...[received('in', at(0)), delivered('in', at(2000))],
        ...[received('after', at(1000)), delivered('after', at(1500))],
      ],
      options: { range: { fromMs: NOON_MS, toMs: NOON_MS + 1000 } },
    });
    expect(report).toMatchObject({ holds: true, events: { received: 1, delivered: 1 } });
  });

  it('finds what was received in the range and recovered days later', async () => {
    const [fromMs, toMs] = [NOON_MS - HOUR_MS, NOON_MS + HOUR_MS];
    const nowMs = NOON_MS + 60 * HOUR_MS;
    const body = archiveObject([
      received('late'),
      delivered('late', { atMs: NOON_MS + 52 * HOUR_MS }),
    ]);
    const report = await auditOf({
      archived: [received('a'), delivered('a')],
      put: { name: 'dt=2026-03-03/hh=16/a.gz', body },
      options: { range: { fromMs, toMs }, nowMs },
    });
    expect(report).toMatchObject({ verdict: 'holds', events: { received: 2, delivered: 2 } });
  });

  it('lists so many offenders as asked for', async () => {
    const archived = Array.from({ length: 30 }, (_, index) => received(`lost${index}`, old));
    const few = await auditOf({ archived });
    expect(few.offences.unaccounted).toBe(30);
    expect(few.offenders.unaccounted).toHaveLength(10);
    const all = await auditOf({ archived, options: { shown: Number.POSITIVE_INFINITY } });
    expect(new Set(all.offenders.unaccounted).size).toBe(30);
  });
});

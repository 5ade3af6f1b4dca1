import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

import { auditOf, HOUR_MS, MINUTE_MS, NOW_MS, old, type Situation } from './audit-lab.ts';

describe('audit', () => {
  describe('of parked events', () => {
    const long = { atMs: NOON_MS - 80 * HOUR_MS };
    const parked = (id: string) => [received(id, long), deferred(id, long)];
    const waiting = (id: string) => received(id, { ...long, deferral: 1 });

    it('counts what waits in the spill bucket, however old and whether or not the archive knows it', async () => {
      const report = await auditOf({
        archived: [...parked('a'), received('b', old), ...parked('d'), deadLettered('d')],
        parked: [waiting('a'), waiting('b'), waiting('c'), waiting('d')],
        acked: ['a', 'b', 'c', 'd'],
      });
      expect(report).toMatchObject({
        holds: true,
        events: { received: 4, parked: 3, deadLettered: 1, pending: 0, unaccounted: 0 },
      });
    });

    it('does not judge one that may have returned, for a day and what the journal keeps after it was due', async () => {
      const dueAgo = (hours: number) => ({ ...long, untilMs: NOW_MS - hours * HOUR_MS });
      const archived = [
        ...[received('due', long), deferred('due', dueAgo(47))],
        ...[waiting('back'), received('back', long), deferred('back', dueAgo(47))],
        ...[waiting('late'), received('late', long), deferred('late', dueAgo(49))],
        ...[...parked('done'), waiting('done'), delivered('done', { deferral: 1 })],
      ];
      expect(await auditOf({ archived })).toMatchObject({
        verdict: 'does not hold',
        events: { received: 4, delivered: 1, unjudged: 2, parked: 0, unaccounted: 1 },
        offenders: { unaccounted: ['late'] },
      });
      // The journal tells.
      const journaled: Situation['journaled'] = [[waiting('back'), 60_000]];
      expect(await auditOf({ archived, journaled })).toMatchObject({
        events: { received: 4, delivered: 1, pending: 1, unaccounted: 2 },
      });
    });

    it('looks for what became of one for as long as it may be parked', async () => {
      const [fromMs, toMs] = [NOON_MS - HOUR_MS, NOON_MS + HOUR_MS];
      const report = await auditOf({
        archived: [
          ...[received('a'), deferred('a', { untilMs: NOON_MS + 72 * HOUR_MS })],
          ...[received('a', { deferral: 1 })],
          delivered('a', { atMs: NOON_MS + 96 * HOUR_MS, deferral: 1 }),
        ],
        options: { range: { fromMs, toMs }, nowMs: NOON_MS + 600 * HOUR_MS },
      });
      expect(report).toMatchObject({ holds: true, events: { received: 1, delivered: 1 } });
    });

    it('names one that is neither parked nor anywhere else', async () => {
      const report = await auditOf({
        archived: [...parked('gone'), ...parked('a')],
        parked: [waiting('a')],
      });
      expect(report).toMatchObject({
        holds: false,
        events: { parked: 1, unaccounted: 1 },
        offenders: { unaccounted: ['gone'] },
      });
    });

    it('does not take a return for a repetition, nor a deferral for an end', async () => {
      const archived = [waiting('a'), received('a', old), deferred('never-received')];
      expect(await auditOf({ archived, journaled: [[waiting('a'), 60_000]] })).toMatchObject({
        ...{ holds: true, events: { received: 1 }, archive: { facts: 3, repeated: 0 } },
      });
    });
  });

  describe('of events without an end', () => {
    const atAge = (id: string, minutes: number): [Fact, number] => [
      received(id, { atMs: NOW_MS - minutes * MINUTE_MS }),
      minutes * MINUTE_MS,
    ];
    const a = atAge('a', 40);
    const b = atAge('b', 30);
    const endOfB: [Fact, number] = [
      delivered('b', { atMs: NOW_MS - 29 * MINUTE_MS }),
      29 * MINUTE_MS,
    ];

    it('says that one is lost which dispatch has settled', async () => {
      const report = await auditOf({ archived: [a[0], b[0]], journaled: [a, b], settled: 1 });
      expect(report).toMatchObject({
        verdict: 'does not hold',
        events: { unaccounted: 1, pending: 1 },
        offenders: { unaccounted: ['a'] },
      });
    });

    it('finds 50 of 1,000 that are lost, within minutes', async () => {
      const all = Array.from({ length: 1000 }, (_, index) => atAge(`e${index}`, 40));
      const ended = all
        .slice(50)
        .map(([{ eventId }]) => delivered(eventId, { atMs: NOW_MS - 39 * MINUTE_MS }));
      const report = await auditOf({
        archived: [...all.map(([fact]) => fact), ...ended],
        journaled: all,
        settled: 1000,
      });
      expect(report).toMatchObject({ verdict: 'does not hold', events: { unaccounted: 50 } });
    });

    it.each<[string, Partial<Situation>, string]>([
      ['dispatch has noted none', { settled: 'no positions' }, 'dispatch has noted no position'],
      ['they cannot be read', { settled: 2, positionsFail: new Error('denied') }, 'denied'],
    ])('without a position of dispatch judges none: %s', async (_, given, why) => {
      const archived = [a[0], b[0], endOfB[0]];
      const report = await auditOf({ archived, journaled: [a, b, endOfB], ...given });
      expect(report).toMatchObject({
        verdict: 'not proven',
        events: { delivered: 1, unjudged: 1, pending: 0 },
        offenders: { unjudged: ['a'] },
      });
      expect(report.findings.join()).toContain(why);
    });

    it('finds the end of an id that was sent again, before the range', async () => {
      const range = { fromMs: NOW_MS - 45 * MINUTE_MS, toMs: NOW_MS };
      const before = { atMs: NOON_MS - HOUR_MS };
      const archived = [
        received('a', { atMs: NOON_MS - HOUR_MS - 1 }),
        delivered('a', before),
        a[0],
      ];
      const situation: Situation = { archived, journaled: [a], settled: 1, options: { range } };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'holds',
        events: { received: 1, delivered: 1 },
      });
    });

    it('reads from where dispatch is, however long ago', async () => {
      const c = atAge('c', 600);
      const report = await auditOf({ archived: [c[0], a[0]], journaled: [c, a], settled: 0 });
      expect(report).toMatchObject({ verdict: 'holds', events: { pending: 2 } });
    });

    it('does not judge them when the journal cannot be read', async () => {
      const journalFails = new Error('access denied');
      const report = await auditOf({ archived: [a[0]], journaled: [a], journalFails });
      expect(report).toMatchObject({ verdict: 'not proven', events: { unjudged: 1 } });
      expect(report.findings.join()).toContain('the journal cannot be read: access denied');
    });

    it('goes on when others have used up what the shard gives', async () => {
      const name = 'ProvisionedThroughputExceededException';
      const journalFails = Object.assign(new Error('too fast'), { name });
      expect(await auditOf({ archived: [a[0]], journaled: [a], journalFails })).toMatchObject({
        verdict: 'holds',
        events: { pending: 1 },
      });
    });
  });
});

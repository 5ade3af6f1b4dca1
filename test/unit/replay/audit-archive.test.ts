import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import type { LostObject } from '../../../lib/object-store.ts';
import { archiveObject } from '../../support/in-memory-objects.ts';
import { delivered, NOON_MS, received } from '../../support/timed-facts.ts';

import { auditOf, HOUR_MS, MINUTE_MS, NOW_MS, old, type Situation } from './audit-lab.ts';

describe('audit', () => {
  describe('of an archive that is not whole', () => {
    const whole = [received('a'), delivered('a')];

    it('proves nothing beside what cannot be read', async () => {
      const broken = archiveObject(
        Array.from({ length: 500 }, (_, index) => received(`e${index}`)),
      );
      const objects = { 'b.gz': broken.subarray(20), 'c.gz': broken.subarray(0, 15) };
      for (const [name, body] of Object.entries(objects)) {
        const report = await auditOf({
          archived: [...whole, received('b', old)],
          put: { name: `dt=2026-03-01/hh=12/${name}`, body },
        });
        expect(report).toMatchObject({ verdict: 'not proven', events: { delivered: 1 } });
        expect(report.damages[0]?.key).toContain(name);
      }
    });

    it('proves nothing without a witness', async () => {
      const report = await auditOf({ archived: whole, witness: 'none' });
      expect(report).toMatchObject({ verdict: 'not proven', witnesses: [] });
      expect(report.findings.join()).toContain('keeps no versions');
    });

    it('names an object that was deleted, and calls no event lost because of it', async () => {
      const lost: LostObject = {
        ...{ key: 'facts/dt=2026-03-01/hh=12/x.gz', how: 'deleted' },
        ...{ at: '2026-03-01T12:30:00.000Z', versionId: 'v1' },
      };
      const report = await auditOf({ archived: [...whole, received('b', old)], lost: [lost] });
      expect(report).toMatchObject({
        verdict: 'not proven',
        lostObjects: { count: 1, elsewhere: 0, some: [lost] },
        events: { unaccounted: 1 },
      });
    });

    it('finds within a day what was deleted of any other time', async () => {
      const lost: LostObject = {
        ...{ key: 'facts/dt=2026-01-01/hh=12/x.gz', how: 'deleted' },
        ...{ at: new Date(NOW_MS - 20 * HOUR_MS).toISOString(), versionId: 'v1' },
      };
      const range = { fromMs: NOON_MS - HOUR_MS, toMs: NOW_MS };
      const situation: Situation = { archived: whole, lost: [lost], options: { range } };
      expect(await auditOf(situation)).toMatchObject({ verdict: 'holds' });
      const within = (hours: number) =>
        auditOf({ ...situation, options: { range, lostWithinMs: hours * HOUR_MS } });
      expect(await within(26)).toMatchObject({
        verdict: 'not proven',
        lostObjects: { count: 0, elsewhere: 1, some: [lost] },
      });
      expect(await within(19)).toMatchObject({ verdict: 'holds' });
    });

    it('proves nothing for a time that the bucket does not remember', async () => {
      const options = { nowMs: NOON_MS + 31 * 24 * HOUR_MS };
      expect(await auditOf({ archived: whole, options })).toMatchObject({ verdict: 'not proven' });
      expect(await auditOf({ archived: whole, options, acked: ['a'] })).toMatchObject({
        verdict: 'holds',
        witnesses: ['1 acknowledged ids'],
      });
    });
  });

  describe('with the status table', () => {
    const whole = [received('a'), delivered('a'), received('b'), delivered('b')];
    const known: Situation['tabled'] = [
      ['a', NOON_MS],
      ['b', NOON_MS],
    ];

    it('has a witness where the table knows all that the archive holds', async () => {
      const situation: Situation = { archived: whole, witness: 'none', tabled: known };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'holds',
        witnesses: ['the status table'],
      });
    });

    it('proves no loss by a table that was asked for receipts only', async () => {
      const archived = [received('a'), delivered('a'), received('b', old)];
      const tabled: Situation['tabled'] = [
        ['a', NOON_MS],
        ['b', old.atMs],
      ];
      const report = await auditOf({ archived, witness: 'none', tabled });
      expect(report).toMatchObject({ verdict: 'not proven', events: { unaccounted: 1 } });
    });

    it.each<[string, Partial<Situation>, string]>([
      ['it lacks an event of the archive', { tabled: [['a', NOON_MS]] }, 'does not know 1 event'],
      ['only a part of it was read', { tabled: known, tableShare: 0.25 }, 'only 25 % of it'],
      ['it cannot be read', { tabled: known, tableFails: new Error('denied') }, 'denied'],
    ])('has none where %s', async (_, given, why) => {
      const report = await auditOf({ archived: whole, witness: 'none', ...given });
      expect(report).toMatchObject({ verdict: 'not proven', witnesses: [] });
      expect(report.findings.join()).toContain(why);
    });

    it.each([1, 0.25])(
      'finds an event that only the table knows, though %d of it was read',
      async (tableShare) => {
        const tabled: Situation['tabled'] = [...known, ['gone', NOON_MS + 1]];
        const report = await auditOf({ archived: whole, tabled, tableShare });
        expect(report).toMatchObject({
          verdict: 'not proven',
          offences: { notArchived: 1 },
          offenders: { notArchived: ['gone'] },
        });
      },
    );

    it('does not miss what is outside of the range, too new for the archive, or in the journal', async () => {
      const tabled: Situation['tabled'] = [
        ...known,
        ...[
          ['before', NOON_MS - 1],
          ['new', NOW_MS - MINUTE_MS],
          ['recovered', NOON_MS + 1],
        ].map(([id, atMs]): [string, number] => [String(id), Number(atMs)]),
      ];
      const recovered = received('recovered', { atMs: NOON_MS + 1 });
      const report = await auditOf({
        ...{ archived: whole, tabled, journaled: [[recovered, MINUTE_MS]] },
        options: { range: { fromMs: NOON_MS, toMs: NOON_MS + 2 * MINUTE_MS } },
      });
      expect(report).toMatchObject({ verdict: 'holds', events: { received: 3, pending: 1 } });
    });
  });

  describe('of a sample', () => {
    const archived = ['a', 'b', 'c'].flatMap((id) => [received(id), delivered(id)]);
    const ask = (answer: 'found' | 'absent' | 'unanswered') => ({
      sample: { count: 2, random: () => 0.5, ask: async () => answer },
    });

    it('does not pass for one when the archive holds no payload yet', async () => {
      const journaled = archived.map((fact): [Fact, number] => [fact, MINUTE_MS]);
      const situation: Situation = { archived: [], journaled, options: ask('found') };
      expect(await auditOf(situation)).toMatchObject({
        verdict: 'not proven',
        events: { delivered: 3 },
        sampled: { asked: 0 },
      });
    });

    it('asks the target about some delivered events', async () => {
      expect(await auditOf({ archived, options: ask('found') })).toMatchObject({
        verdict: 'holds',
        sampled: { asked: 2, found: 2 },
      });
      expect(await auditOf({ archived, options: ask('absent') })).toMatchObject({
        verdict: 'does not hold',
        offences: { notAtTarget: 2 },
      });
      expect(await auditOf({ archived, options: ask('unanswered') })).toMatchObject({
        verdict: 'not proven',
        sampled: { asked: 2, unanswered: 2 },
      });
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { delivered, received } from '../../support/timed-facts.ts';

import { auditOf, LAG_MS, MINUTE_MS, NOW_MS, type Situation } from './audit-lab.ts';

describe('audit', () => {
  describe('of what is not in the archive yet', () => {
    const recent = (id: string): [Fact, number] => [
      received(id, { atMs: NOW_MS - 2 * MINUTE_MS }),
      2 * MINUTE_MS,
    ];

    it('reads the journal: an id that was acknowledged a moment ago is not missing', async () => {
      const ids = Array.from({ length: 200 }, (_, index) => `e${index}`);
      const report = await auditOf({
        archived: [],
        acked: ids,
        journaled: [...ids.map(recent), [delivered('e0', { atMs: NOW_MS }), 0]],
        settled: 0,
      });
      expect(report).toMatchObject({
        verdict: 'holds',
        events: { received: 200, delivered: 1, pending: 199 },
        offences: { missing: 0 },
        unarchived: { facts: 201, overdue: 0 },
      });
    });

    it('without a journal leaves it out and says so', async () => {
      const report = await auditOf({
        archived: [received('a'), delivered('a'), recent('b')[0]],
      });
      expect(report).toMatchObject({
        verdict: 'holds',
        events: { received: 1 },
        excludedFrom: new Date(NOW_MS - LAG_MS).toISOString(),
      });
    });

    it('finds what the archive should hold by now', async () => {
      const atMs = NOW_MS - 8 * MINUTE_MS;
      const journaled: Situation['journaled'] = [
        [received('a', { atMs }), 8 * MINUTE_MS],
        [delivered('a', { atMs: atMs + 1 }), 8 * MINUTE_MS],
      ];
      expect(await auditOf({ archived: [], journaled })).toMatchObject({
        verdict: 'not proven',
        events: { received: 1, delivered: 1 },
        unarchived: { facts: 2, overdue: 2 },
      });
    });
  });
});

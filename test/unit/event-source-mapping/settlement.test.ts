import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Settlement } from '../../../local/event-source-mapping/checkpoint.ts';

const start = { type: 'TRIM_HORIZON' } as const;
const after = (sequenceNumber: number) => ({
  type: 'AFTER_SEQUENCE_NUMBER',
  sequenceNumber: String(sequenceNumber),
});

test('goes on reading after the last record read, settled or not', () => {
  const settlement = new Settlement(start);
  expect(settlement.readPosition).toEqual(start);
  settlement.expect('7');
  expect(settlement.readPosition).toEqual(after(7));
  settlement.skip('8');
  expect(settlement.readPosition).toEqual(after(8));
});

test('is settled up to the record before the first unsettled one, in whatever order they settle', () => {
  const records = fc.array(fc.boolean(), { maxLength: 30 });
  fc.assert(
    fc.property(records, fc.infiniteStream(fc.nat()), (isFiltered, picks) => {
      const settlement = new Settlement(start);
      const open = new Set<number>();
      isFiltered.forEach((filtered, number) => {
        if (filtered) settlement.skip(String(number));
        else settlement.expect(String(number));
        if (!filtered) open.add(number);
      });
      const check = () => {
        const last = Math.min(isFiltered.length, ...open) - 1;
        expect(settlement.settledPosition).toEqual(last < 0 ? start : after(last));
      };
      check();
      for (const pick of picks) {
        const candidates = [...open];
        const settled = candidates[pick % candidates.length];
        if (settled === undefined) break;
        open.delete(settled);
        settlement.settle(String(settled));
        check();
      }
    }),
  );
});

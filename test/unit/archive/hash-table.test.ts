import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashTable } from '../../../lib/archive/hash-table.ts';

describe('HashTable', () => {
  it('knows exactly what was added, as a Set does, and numbers it in order', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (added, others) => {
        const table = new HashTable();
        const known = new Set<string>();
        for (const text of added) {
          expect(table.addNew(text)).toBe(!known.has(text));
          known.add(text);
        }
        expect(table.size).toBe(known.size);
        for (const [index, text] of [...known].entries()) expect(table.indexOf(text)).toBe(index);
        for (const text of others) expect(table.has(text)).toBe(known.has(text));
      }),
    );
  });

  it.each([
    ['numbers', (n: number) => `event-${n}`],
    ['short texts', (n: number) => n.toString(36)],
    ['texts that differ at their end', (n: number) => `${'x'.repeat(60)}${n}`],
    ['texts that differ at their beginning', (n: number) => `${n}${'x'.repeat(60)}`],
    ['texts that differ in two places', (n: number) => `${n % 512}:${n >> 9}`],
    ['hexadecimal', (n: number) => (n * 2_654_435_761).toString(16).padStart(16, '0')],
  ])('tells 300,000 %s apart', (_, textOf) => {
    const table = new HashTable();
    for (let n = 0; n < 300_000; n++) table.add(textOf(n));
    expect(table.size).toBe(300_000);
  });
});

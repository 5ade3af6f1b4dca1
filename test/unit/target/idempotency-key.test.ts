import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyKey } from '../../../lib/target/idempotency-key.ts';

describe('idempotencyKey', () => {
  it.each([
    ['order-17:a', 'order-17:a'],
    ['50 %', '50%20%25'],
    ['é', '%C3%A9'],
    ['a\r\nb', 'a%0D%0Ab'],
  ])('of %j is %j', (id, key) => {
    expect(idempotencyKey(id)).toBe(key);
  });

  it('fits a header and differs for different ids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(idempotencyKey(a)).toMatch(/^[!-~]*$/);
        expect(idempotencyKey(a) === idempotencyKey(b)).toBe(a === b);
      }),
    );
  });
});

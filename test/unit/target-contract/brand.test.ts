import { describe, expect, it } from 'vitest';
import { ContractFault } from '../../../lib/errors.ts';
import { compileBrand } from '../../../lib/target/brand.ts';

describe('compileBrand', () => {
  it.each([
    ['testBrand', 'testBrand'],
    ['{% not closed', '{% not closed'],
    ['100 %}', '100 %}'],
    ['{% event.shop %}', 'acme'],
    [' {%event.shop & "-" & $lowercase(event.id)%} ', 'acme-e-1'],
    ['{% event.shop = "acme" ? "A" : "B" %}', 'A'],
  ])('%j', async (setting, brand) => {
    expect(await compileBrand(setting)({ id: 'E-1', shop: 'acme' })).toBe(brand);
  });

  it.each([
    ['', /brand: must not be empty/],
    ['{% %}', /brand: the expression is empty/],
    ['{% event.( %}', /brand: character/],
    ['{% $now() %}', /\$now is refused/],
  ])('refuses %j', (setting, message) => {
    expect(() => compileBrand(setting)).toThrow(message);
  });

  it.each(['{% event.missing %}', '{% 5 %}', '{% "" %}', '{% ["a"] %}', '{% $error("x") %}'])(
    'rejects %s with a fault that names the event',
    async (setting) => {
      const failing = compileBrand(setting)({ id: 'e-1' });
      await expect(failing).rejects.toBeInstanceOf(ContractFault);
      await expect(failing).rejects.toThrow(/^brand .*event "e-1"/);
    },
  );
});

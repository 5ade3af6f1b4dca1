import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { compileDirect, NEEDS_JSONATA } from '../../../lib/target/direct-expression.ts';
import type { ExpressionNode } from '../../../lib/target/expression-rules.ts';

const DIRECT = [
  'a',
  'a.b.c',
  '"text"',
  'a = b',
  'a.b = "x"',
  'a.b = 1',
  '{"x": a, "y": a.b, "z": "text", "n": 3}',
  '{"x": {"y": a.b}, "e": a = b}',
  'a.constructor',
  '`__proto__`.a',
];

const JSONATA_ONLY = [
  'a[0]',
  'a[b = 1]',
  'a.*',
  'a.b[]',
  'a.b^(c)',
  '$count(a)',
  'a != b',
  'a and b',
  'a ? b : c',
  '{a: b}',
  'a{b: c}',
  'a@$x.b',
  '-a',
  '["x"]',
  'a.(b)',
  'null',
];

const astOf = (source: string) => jsonata(source).ast() as unknown as ExpressionNode;

describe('compileDirect', () => {
  it.each(DIRECT)('takes %s', (source) => {
    expect(compileDirect(astOf(source))).toBeTypeOf('function');
  });

  it.each(JSONATA_ONLY)('leaves %s to JSONata', (source) => {
    expect(compileDirect(astOf(source))).toBeUndefined();
  });

  it('returns what JSONata returns, for every input', async () => {
    const leaf = fc.oneof(
      fc.constantFrom('x', '', 1, 0, true, false, null),
      fc.string({ maxLength: 2 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor'), tie('tree'), { maxKeys: 3 }),
      ),
    }));
    const input = fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree, { maxKeys: 3 });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...DIRECT), input, async (source, given) => {
        const result = compileDirect(astOf(source))?.(given);
        if (result === NEEDS_JSONATA) return;
        compared += 1;
        const expected = await jsonata(source).evaluate(given);
        expect(JSON.stringify(result)).toBe(JSON.stringify(expected));
      }),
      { numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});

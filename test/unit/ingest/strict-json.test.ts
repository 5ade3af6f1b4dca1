import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson, MAX_DEPTH, MAX_PROBLEMS } from '../../../lib/ingest/strict-json.ts';

function problemsOf(text: string) {
  const check = checkJson(text);
  if (!check.json) throw new Error(`not JSON: ${check.detail}`);
  return check.problems;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('checkJson', () => {
  it.each([
    ['a key twice', '{"a":1,"b":2,"a":3}', 'a', 'more than once'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":3}', 'a', 'more than once'],
    ['a key three times, once', '{"a":1,"a":2,"a":3}', 'a', 'more than once'],
    [
      'a key twice, deep down',
      '{"m":[{},{"x y":{"k":1,"k":1}}]}',
      'm[1]["x y"].k',
      'key k appears',
    ],
    ['__proto__', '{"m":{"__proto__":{}}}', 'm.__proto__', 'prototype'],
    [
      'constructor.prototype',
      '{"constructor":{"prototype":1}}',
      'constructor.prototype',
      'prototype',
    ],
    ['half a pair in a value', '{"a":["\\ud83d"]}', 'a[0]', 'surrogate'],
    ['half a pair in a key', '{"\\udc00":1}', '["\ufffd"]', 'surrogate'],
    ['a raw half of a pair', '{"a":"\ud83d"}', 'a', 'surrogate'],
    ['2^53', '{"n":9007199254740992}', 'n', '9007199254740991'],
    ['-2^53', '{"n":-9007199254740992}', 'n', '9007199254740991'],
    ['an integer that no double holds', '[9007199254740993]', '[0]', '9007199254740991'],
    ['an integer with a point', '{"n":9007199254740993.0}', 'n', '9007199254740991'],
    ['a large exponent', '{"n":1e20}', 'n', '9007199254740991'],
    ['an exponent beyond doubles', '{"n":-1e400}', 'n', '9007199254740991'],
    ['one level too many', nested(MAX_DEPTH + 1), '', `${MAX_DEPTH + 1} levels`],
    ['a level too many behind a later key', `{"a":${nested(100_000)},"a":1}`, '', 'levels'],
  ])('refuses %s and says where', (_, text, field, detail) => {
    expect(problemsOf(text)).toEqual([{ field, detail: expect.stringContaining(detail) }]);
  });

  it.each([
    ['equal keys of different objects', '{"a":{"a":{"b":1}},"b":[{"a":1},{"a":1}]}'],
    ['colons and braces in strings', '{"a:{[":"b:\\":{[\\\\","c":"\\\\"}'],
    ['constructor alone', '{"constructor":{"x":1},"prototype":1}'],
    ['a whole pair, escaped', '{"a":"\\ud83d\\ude00"}'],
    ['2^53 - 1', '[9007199254740991,-9007199254740991]'],
    ['fractions and exponents', '[0.1,-0,1e2,1E-7,1.5e+3,0.1234567890123456789,1e-400]'],
    ['as many levels as may be', nested(MAX_DEPTH)],
    ['a scalar', '"x"'],
  ])('has nothing against %s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['\ufeff{}', 'byte order mark'],
    ['{\0"\0a\0', 'UTF-16'],
    ['{"a":1,}', 'a trailing comma (line 1, column 8)'],
    ['[1,\n 2,\n]', 'a trailing comma (line 3, column 1)'],
    ['{"a":NaN}', 'no NaN'],
    ['{"a":-Infinity}', 'no Infinity'],
    ['{"a":1} x', 'follows after its end (line 1, column 9)'],
    ['{"a":1}{"b":2}', 'follows after its end'],
    ['{}//', 'follows after its end'],
    ['{"a":/* */1}', 'no comments'],
    ["{'a':1}", 'double quotes'],
    ['{a:1}', '"a" is no JSON'],
    ['{"a":undefined}', '"undefined" is no JSON'],
    ['{"a":01}', 'starts with 0'],
    ['{"a":1.}', 'digit is missing'],
    ['{"a":"x\ny"}', 'line break'],
    ['{"a":"\u0001"}', 'control character'],
    ['{"a":"\\x"}', 'escape'],
    ['{"a":"\\u12"}', 'hexadecimal'],
    ['{"a" 1}', 'colon'],
    ['{"a":1 "b":2}', 'comma is missing'],
    ['{"a":', 'ends too early'],
    ['{"a":"x', 'ends too early'],
    ['[[1}', 'comma'],
    ['['.repeat(100_000), 'not valid JSON'],
  ])('says of %j why it is no JSON', (text, reason) => {
    expect(checkJson(text)).toEqual({ json: false, detail: expect.stringContaining(reason) });
  });

  it('lists every problem, up to a number that a refusal can hold', () => {
    const text = '{"a":1,"a":1,"n":[1e20,1e20],"__proto__":1}';
    expect(problemsOf(text).map(({ field }) => field)).toEqual(['a', 'n[0]', 'n[1]', '__proto__']);
    expect(problemsOf(`[${'1e20,'.repeat(9999)}1]`)).toHaveLength(MAX_PROBLEMS);
    expect(problemsOf(`{${'"a":1,'.repeat(9)}"${'k'.repeat(9000)}":1e20}`)[1]?.field.length).toBe(
      69,
    );
  });

  it('never throws, and agrees with JSON.parse about what is JSON', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '1',
      'e',
      '.',
      '-',
      ' ',
      '\n',
      'null',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (anything) => {
        expect(checkJson(anything).json).toBe(parses(anything));
      }),
      { numRuns: 2000 },
    );
  });

  it('finds nothing wrong with what JSON.stringify writes of tame values, and says when a key is there twice', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { minKeys: 1 });
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        const tame = problemsOf(text).every(({ detail }) => !detail.includes('more than once'));
        expect(tame).toBe(true);
        const [key = ''] = Object.keys(object);
        const again = `${text.slice(0, -1)},${JSON.stringify(key)}:0}`;
        const found = problemsOf(again).filter(({ detail }) => detail.includes('more than once'));
        expect(found).toHaveLength(1);
      }),
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

import { describe, expect, test } from 'vitest';
import { compileFilters } from '../../../local/event-source-mapping/filter-pattern.ts';

const received = { type: 'received', attempts: 3, payload: { name: 'Ada', tags: ['a', 'b'] } };
const matches = (pattern: unknown, data: unknown = received) =>
  compileFilters([JSON.stringify({ data: pattern })])(Buffer.from(JSON.stringify(data)));

describe('a data pattern', () => {
  test.each<[string, unknown, boolean]>([
    ['exact value', { type: ['received'] }, true],
    ['another value', { type: ['delivered'] }, false],
    ['any of several values', { type: ['delivered', 'received'] }, true],
    ['exact value is case-sensitive', { type: ['Received'] }, false],
    ['exact number', { attempts: [3] }, true],
    ['a number is no text', { attempts: ['3'] }, false],
    ['nested value', { payload: { name: ['Ada'] } }, true],
    ['all keys must match', { type: ['received'], attempts: [4] }, false],
    ['a missing field', { missing: ['x'] }, false],
    ['a missing parent', { missing: { child: ['x'] } }, false],
    ['any element of a list', { payload: { tags: ['b'] } }, true],
    ['no element of a list', { payload: { tags: ['c'] } }, false],
    ['prefix', { type: [{ prefix: 'rec' }] }, true],
    ['other prefix', { type: [{ prefix: 'ved' }] }, false],
    ['suffix', { type: [{ suffix: 'ved' }] }, true],
    ['prefix of a number', { attempts: [{ prefix: '3' }] }, false],
    ['equals-ignore-case', { type: [{ 'equals-ignore-case': 'RECEIVED' }] }, true],
    ['anything-but a value', { type: [{ 'anything-but': 'delivered' }] }, true],
    ['anything-but several', { type: [{ 'anything-but': ['delivered', 'received'] }] }, false],
    ['anything-but a prefix', { type: [{ 'anything-but': { prefix: 'dead' } }] }, true],
    ['anything-but on a missing field', { missing: [{ 'anything-but': 'x' }] }, false],
    ['numeric equality', { attempts: [{ numeric: ['=', 3] }] }, true],
    ['numeric range', { attempts: [{ numeric: ['>', 2, '<=', 3] }] }, true],
    ['outside a numeric range', { attempts: [{ numeric: ['>', 3, '<', 9] }] }, false],
    ['numeric on a text', { type: [{ numeric: ['>', 0] }] }, false],
    ['exists', { type: [{ exists: true }] }, true],
    ['exists on a missing field', { missing: [{ exists: true }] }, false],
    ['absence of a missing field', { missing: [{ exists: false }] }, true],
    ['absence below a missing parent', { missing: { child: [{ exists: false }] } }, true],
    ['only leaves exist', { payload: [{ exists: true }] }, false],
    ['$or, one side', { $or: [{ type: ['delivered'] }, { attempts: [3] }] }, true],
    ['$or, no side', { $or: [{ type: ['delivered'] }, { attempts: [4] }] }, false],
    ['$or beside another key', { type: ['delivered'], $or: [{ attempts: [3] }] }, false],
  ])('%s', (_, pattern, expected) => {
    expect(matches(pattern)).toBe(expected);
  });

  test.each<[string, unknown, unknown, boolean]>([
    ['null matches null', { a: [null] }, { a: null }, true],
    ['null does not match a missing field', { a: [null] }, {}, false],
    ['the empty text', { a: [''] }, { a: '' }, true],
    ['a null field exists', { a: [{ exists: true }] }, { a: null }, true],
    ['true', { a: [true] }, { a: true }, true],
    ['a key inside a list of objects', { a: { b: [1] } }, { a: [{ b: 0 }, { b: 1 }] }, true],
    ['data that is a JSON text', { type: ['received'] }, 'received', false],
    ['data that is JSON null', { type: ['received'] }, null, false],
  ])('%s', (_, pattern, data, expected) => {
    expect(matches(pattern, data)).toBe(expected);
  });
});

describe('compileFilters', () => {
  test('passes everything, JSON or not, without patterns', () => {
    expect(compileFilters([])(Buffer.from('not json'))).toBe(true);
  });

  test.each([
    ['not JSON', Buffer.from('received')],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['empty', Buffer.alloc(0)],
  ])('drops data that is %s', (_, data) => {
    expect(compileFilters(['{"data":{"a":[{"exists":false}]}}'])(data)).toBe(false);
  });

  test('passes what any of several patterns matches', () => {
    const filter = compileFilters(['{"data":{"a":[1]}}', '{"data":{"b":[1]}}']);
    expect(filter(Buffer.from('{"b":1}'))).toBe(true);
    expect(filter(Buffer.from('{"c":1}'))).toBe(false);
  });

  test('knows $or at the top', () => {
    const filter = compileFilters(['{"$or":[{"data":{"a":[1]}},{"data":{"b":[1]}}]}']);
    expect(filter(Buffer.from('{"b":1}'))).toBe(true);
  });

  test.each([
    ['text that is not JSON', '{'],
    ['no object', '[]'],
    ['nothing to match', '{}'],
    ['an empty data pattern', '{"data":{}}'],
    ['a key other than data', '{"partitionKey":["a"]}'],
    ['a key other than data inside $or', '{"$or":[{"partitionKey":["a"]}]}'],
    ['rules directly on data', '{"data":["a"]}'],
    ['a bare value', '{"data":{"a":"x"}}'],
    ['no rules', '{"data":{"a":[]}}'],
    ['an unknown operator', '{"data":{"a":[{"wildcard":"*"}]}}'],
    ['two operators in one rule', '{"data":{"a":[{"prefix":"x","suffix":"y"}]}}'],
    ['a numeric without a number', '{"data":{"a":[{"numeric":[">"]}]}}'],
    ['an unknown comparison', '{"data":{"a":[{"numeric":["~",1]}]}}'],
    ['a prefix that is no text', '{"data":{"a":[{"prefix":1}]}}'],
    ['exists that is no boolean', '{"data":{"a":[{"exists":"yes"}]}}'],
    ['an anything-but of nothing', '{"data":{"a":[{"anything-but":[]}]}}'],
    ['$or that is no list', '{"data":{"$or":{"a":[1]}}}'],
  ])('refuses a pattern with %s, and says which', (_, pattern) => {
    expect(() => compileFilters(['{"data":{"a":[1]}}', pattern])).toThrow(/^filterPatterns\[1\]: /);
  });
});

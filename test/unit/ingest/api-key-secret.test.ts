import { describe, expect, it } from 'vitest';
import { SecretFormatError } from '../../../lib/errors.ts';
import { hashApiKey } from '../../../lib/ingest/api-key.ts';
import { parseApiKeys } from '../../../lib/ingest/api-key-secret.ts';
import { withLocalKey } from '../../../local/local-secrets.ts';

const ONE = hashApiKey('one');
const TWO = hashApiKey('two');

describe('the secret of the API keys', () => {
  it('names one key or several', () => {
    expect(parseApiKeys(JSON.stringify({ old: ONE, 'new-2026.1': TWO.toUpperCase() }))).toEqual([
      { name: 'old', sha256: ONE },
      { name: 'new-2026.1', sha256: TWO },
    ]);
  });

  it.each([
    ['nothing', '', 'is not JSON'],
    ['a key instead of JSON', 'my-secret-key', 'is not JSON'],
    ['a list', JSON.stringify([ONE]), 'is not a JSON object'],
    ['null', 'null', 'is not a JSON object'],
    ['no key', '{}', 'names no API key'],
    ['a key instead of its digest', '{"shop":"my-secret-key"}', '"shop" needs the SHA-256'],
    ['a digest that is cut off', `{"shop":"${ONE.slice(1)}"}`, '"shop" needs the SHA-256'],
    ['a number', '{"shop":1}', '"shop" needs the SHA-256'],
    ['no name', `{"":"${ONE}"}`, 'entry 1 needs a name'],
    ['a digest for a name', `{"a":"${TWO}","${ONE}":"shop"}`, 'entry 2 needs a name'],
    ['a name that is none', `{"my secret key!":"${ONE}"}`, 'entry 1 needs a name'],
  ])('says what to mend, and shows no value: %s', (_, text, problem) => {
    const parse = () => parseApiKeys(text);
    expect(parse).toThrow(SecretFormatError);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow(/my.secret.key|[0-9a-f]{20}/);
  });

  it('names every bad entry at once', () => {
    const text = JSON.stringify({ a: 'x', good: ONE, b: 'y' });
    expect(() => parseApiKeys(text)).toThrow(/"a" needs.*"b" needs/);
  });
});

describe('the key of a local run', () => {
  it.each([
    ['a new secret', undefined, { local: TWO }],
    ['the same key', JSON.stringify({ local: TWO }), { local: TWO }],
    ['another key', JSON.stringify({ local: ONE }), { local: TWO }],
    ['keys besides', JSON.stringify({ local: ONE, mine: ONE }), { mine: ONE, local: TWO }],
    ['a damaged secret', 'x', { local: TWO }],
  ])('is accepted after %s', (_, current, expected) => {
    expect(JSON.parse(withLocalKey(current, 'two'))).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { SecretFormatError } from '../../../lib/errors.ts';
import { parseCollectorHeaders } from '../../../lib/traces/collector-headers.ts';

describe('parseCollectorHeaders', () => {
  it('reads headers, names in lower case', () => {
    const text = '{"headers": {"X-Honeycomb-Team": "key", "authorization": "Bearer b"}}';
    expect(parseCollectorHeaders(text)).toEqual({
      'x-honeycomb-team': 'key',
      authorization: 'Bearer b',
    });
  });

  it.each([
    ['no JSON', 'hidden', /is no JSON object with "headers"/],
    ['no headers', '{"authorization": "hidden"}', /is no JSON object with "headers"/],
    ['a number', '{"headers": {"a": 12345}}', /"a"\) needs a text/],
    ['a line break', '{"headers": {"a": "hidden\\n"}}', /"a"\) has a character/],
    [
      'a header of the protocol',
      '{"headers": {"content-type": "hidden"}}',
      /"content-type"\) is one that/,
    ],
  ])('refuses %s, and shows no value', (_, text, message) => {
    expect(() => parseCollectorHeaders(text)).toThrow(SecretFormatError);
    expect(() => parseCollectorHeaders(text)).toThrow(message);
    expect(() => parseCollectorHeaders(text)).not.toThrow(/hidden|12345/);
  });
});

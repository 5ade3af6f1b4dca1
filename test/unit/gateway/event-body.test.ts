import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBody, isTextType } from '../../../local/gateway/http-event.ts';

describe('isTextType', () => {
  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['text/plain', true],
    ['text/csv;header=present', true],
    ['application/xml', true],
    ['application/javascript', true],
    ['application/problem+json', false],
    ['application/x-www-form-urlencoded', false],
    ['multipart/form-data; boundary=x', false],
    ['application/octet-stream', false],
    ['image/png', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (contentType, expected) => {
    expect(isTextType(contentType)).toBe(expected);
  });
});

describe('eventBody', () => {
  it.each([
    ['text as it is', '{"a":"ä"}', 'application/json', 'auto', '{"a":"ä"}', false],
    ['another type encoded', 'a=1', 'application/x-www-form-urlencoded', 'auto', 'YT0x', true],
    ['text encoded on demand', '{}', 'application/json', 'always', 'e30=', true],
  ] as const)('gives %s', (_name, sent, type, encoding, body, isBase64Encoded) => {
    expect(eventBody(Buffer.from(sent), type, encoding)).toEqual({ body, isBase64Encoded });
  });

  it('encodes text that is not UTF-8', () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    expect(eventBody(bytes, 'application/json', 'auto')).toEqual({
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });
  });

  it.each(['auto', 'always'] as const)('has no body key without a body (%s)', (encoding) => {
    expect(eventBody(Buffer.alloc(0), 'application/json', encoding)).toEqual({
      isBase64Encoded: false,
    });
  });

  it('never loses a byte', () => {
    const types = fc.constantFrom('application/json', 'image/png', undefined);
    const encodings = fc.constantFrom('auto' as const, 'always' as const);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), types, encodings, (sent, type, encoding) => {
        const { body = '', isBase64Encoded } = eventBody(Buffer.from(sent), type, encoding);
        expect(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(sent));
      }),
    );
  });
});

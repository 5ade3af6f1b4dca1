import { describe, expect, it } from 'vitest';
import {
  decodePath,
  joinedHeaders,
  queryParameters,
  requestParts,
} from '../../../local/gateway/request-parts.ts';

const socket = { remoteAddress: '::ffff:127.0.0.1', localPort: 8080 };

function parts(url: string, rawHeaders: string[] = []) {
  const request = { method: 'POST', url, rawHeaders, httpVersion: '1.1', socket };
  return requestParts(request as Parameters<typeof requestParts>[0]);
}

describe('requestParts', () => {
  it.each([
    ['/events', '/events', ''],
    ['/events?', '/events', ''],
    ['/events?a=1&b=%20?', '/events', 'a=1&b=%20?'],
    ['http://127.0.0.1:8080/events?a=1', '/events', 'a=1'],
    ['http://127.0.0.1', '/', ''],
    ['*', '*', ''],
  ])('splits %s', (url, path, rawQuery) => {
    expect(parts(url)).toMatchObject({ path, rawQuery });
  });

  it('gives an IPv4 caller its own address', () => {
    expect(parts('/')).toMatchObject({ sourceIp: '127.0.0.1', port: 8080, httpVersion: '1.1' });
  });

  it('moves cookies out of the headers', () => {
    const { headers, cookies } = parts('/', ['Cookie', 'a=1; b=x,y', 'cookie', 'c=3']);
    expect(cookies).toEqual(['a=1', 'b=x,y', 'c=3']);
    expect(headers).not.toHaveProperty('cookie');
  });
});

describe('joinedHeaders', () => {
  it('has names in lower case and the values of duplicates joined by commas', () => {
    const raw = ['X-Api-Key', 'k', 'Accept', 'text/html', 'ACCEPT', 'application/json'];
    expect(joinedHeaders(raw)).toEqual({ 'x-api-key': 'k', accept: 'text/html,application/json' });
  });

  it('leaves out what concerns one connection only', () => {
    const raw = ['Connection', 'keep-alive', 'Transfer-Encoding', 'chunked', 'Host', 'h'];
    expect(joinedHeaders(raw)).toEqual({ host: 'h' });
  });
});

describe('decodePath', () => {
  it.each([
    ['/plain', '/plain'],
    ['/a%20b/%C3%A4', '/a b/ä'],
    ['/a%2Fb', '/a/b'],
    ['/a%252Eb', '/a%252Eb'],
    ['/%E2%82%AC%25%41', '/€%25A'],
    ['/broken%C3', '/broken%C3'],
    ['/%zz%', '/%zz%'],
  ])('%s becomes %s', (sent, expected) => {
    expect(decodePath(sent)).toBe(expected);
  });
});

describe('queryParameters', () => {
  it.each([
    ['', undefined],
    ['a=1', { a: '1' }],
    ['a=1&a=2&b=x%20y+z', { a: '1,2', b: 'x y z' }],
    ['flag', { flag: '' }],
    ['constructor=1&constructor=2', { constructor: '1,2' }],
  ])('%j', (rawQuery, expected) => {
    expect(queryParameters(rawQuery)).toEqual(expected);
  });
});

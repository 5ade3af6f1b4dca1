import { describe, expect, it } from 'vitest';
import { SecretFormatError } from '../../../lib/errors.ts';
import { parseCredential } from '../../../lib/target/credential-secret.ts';

const OAUTH = { tokenUrl: 'https://id.example/token', clientId: 'shop', clientSecret: 'hunter2' };
const oauth = (more: object) => JSON.stringify({ oauth: { ...OAUTH, ...more } });

describe('the secret of the target’s credential', () => {
  it('has one header or several', () => {
    const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'k' };
    expect(parseCredential(JSON.stringify({ headers }))).toEqual({
      headers: { authorization: 'Bearer abc', 'x-api-key': 'k' },
    });
  });

  it('has client credentials, with headers or without', () => {
    expect(parseCredential(oauth({}))).toEqual({
      headers: {},
      oauth: { ...OAUTH, clientAuthentication: 'basic' },
    });
    const more = { scope: 'items', audience: 'api', clientAuthentication: 'body' };
    const headers = { 'x-tenant': 't' };
    const text = JSON.stringify({ headers, oauth: { ...OAUTH, ...more } });
    expect(parseCredential(text)).toEqual({ headers, oauth: { ...OAUTH, ...more } });
  });

  it.each(['http://localhost:1/t', 'http://127.0.0.1/t', 'http://[::1]:1/t'])(
    'may have its token from this machine without TLS: %s',
    (tokenUrl) => {
      expect(parseCredential(oauth({ tokenUrl })).oauth?.tokenUrl).toBe(tokenUrl);
    },
  );

  it.each([
    ['nothing', '', 'is no JSON object'],
    ['a bare token', 'hunter2', 'is no JSON object'],
    ['a list', '["hunter2"]', 'is no JSON object'],
    ['neither', '{}', 'neither "headers" nor "oauth"'],
    ['headers in a list', '{"headers":["hunter2"]}', '"headers" that are no object'],
    ['empty headers', '{"headers":{}}', 'has no header'],
    ['a name with a space', '{"headers":{"my token":"hunter2"}}', 'header 1 that has a name'],
    ['an empty name', '{"headers":{"":"hunter2"}}', 'header 1 that has a name'],
    ['a number', '{"headers":{"x-key":7}}', '("x-key") needs a text'],
    ['no text', '{"headers":{"x-key":""}}', '("x-key") needs a text'],
    ['a line break', '{"headers":{"x-key":"hunter2\\nx: y"}}', '("x-key") has a character'],
    ['a header of ours', '{"headers":{"Content-Length":"1"}}', '("Content-Length") is one'],
    ['the same twice', '{"headers":{"x-key":"a","X-Key":"hunter2"}}', '("X-Key") is there twice'],
    ['oauth as a text', '{"oauth":"hunter2"}', '"oauth" that is no object'],
    ['no client', '{"oauth":{"tokenUrl":"https://x"}}', '"clientId" needs a text'],
    ['no URL', oauth({ tokenUrl: 'hunter2' }), '"tokenUrl" is no https:// URL'],
    ['an open URL', oauth({ tokenUrl: 'http://id.example' }), '"tokenUrl" is no https:// URL'],
    ['a scope in a list', oauth({ scope: ['hunter2'] }), '"scope" is no text'],
    ['a spelling mistake', oauth({ client_secret: 'hunter2' }), '"client_secret" is unknown'],
    ['another way', oauth({ clientAuthentication: 'hunter2' }), 'neither "basic" nor "body"'],
    [
      'two authorizations',
      JSON.stringify({ headers: { Authorization: 'hunter2' }, oauth: OAUTH }),
      'is the one that "oauth" provides',
    ],
  ])('says what to mend, and shows no value: %s', (_, text, problem) => {
    const parse = () => parseCredential(text);
    expect(parse).toThrow(SecretFormatError);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow('hunter2');
  });

  it('says everything that is wrong at once', () => {
    const text = '{"headers":{"x-key":7,"te":"x"},"oauth":{"scope":1}}';
    for (const problem of [
      '"x-key"',
      '"te"',
      '"tokenUrl"',
      '"clientId"',
      '"clientSecret"',
      '"scope"',
    ])
      expect(() => parseCredential(text)).toThrow(problem);
  });
});

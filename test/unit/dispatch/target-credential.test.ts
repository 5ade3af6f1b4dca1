import { describe, expect, it } from 'vitest';
import {
  parseTargetCredential,
  refusesCredential,
} from '../../../lib/dispatch/target-credential.ts';
import { SecretFormatError } from '../../../lib/errors.ts';
import { graphQlError, NO_ANSWER, status } from '../../support/scripted-target.ts';

describe('the secret of the target’s credential', () => {
  it('has one header or several', () => {
    const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'k' };
    expect(parseTargetCredential(JSON.stringify({ headers }))).toEqual({
      authorization: 'Bearer abc',
      'x-api-key': 'k',
    });
  });

  it.each([
    ['nothing', '', 'is not JSON'],
    ['a bare token', 'hunter2', 'is not JSON'],
    ['no headers', '{}', 'no object "headers"'],
    ['headers in a list', '{"headers":["hunter2"]}', 'no object "headers"'],
    ['empty headers', '{"headers":{}}', 'has no header'],
    ['a name with a space', '{"headers":{"my token":"hunter2"}}', 'header 1 has a name'],
    ['an empty name', '{"headers":{"":"hunter2"}}', 'header 1 has a name'],
    ['a number', '{"headers":{"x-key":7}}', '("x-key") needs a text'],
    ['no text', '{"headers":{"x-key":""}}', '("x-key") needs a text'],
    ['a line break', '{"headers":{"x-key":"hunter2\\nx: y"}}', '("x-key") has a character'],
    ['a header of ours', '{"headers":{"Content-Length":"1"}}', '("Content-Length") is one'],
    ['the same twice', '{"headers":{"x-key":"a","X-Key":"hunter2"}}', '("X-Key") is there twice'],
  ])('says what to mend, and shows no value: %s', (_, text, problem) => {
    const parse = () => parseTargetCredential(text);
    expect(parse).toThrow(SecretFormatError);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow('hunter2');
  });
});

it.each([
  ['401', status(401), true],
  ['403', status(403), true],
  ['an error that says so', graphQlError('unauthenticated'), true],
  ['429', status(429), false],
  ['500', status(500), false],
  ['another error', graphQlError('INTERNAL_SERVER_ERROR'), false],
  ['no answer', NO_ANSWER, false],
])('an answer that refuses the credential: %s', (_, answer, refuses) => {
  expect(refusesCredential(answer)).toBe(refuses);
});

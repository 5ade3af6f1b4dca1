import { describe, expect, it } from 'vitest';
import { integrationResponse } from '../../../local/gateway/integration-response.ts';
import type { FailureKind } from '../../../local/lambda/invoke.ts';

function responseTo(value: unknown) {
  const { body, ...rest } = integrationResponse({ ok: true, value, requestId: 'r' });
  return { ...rest, body: body.toString() };
}

describe('a structured response', () => {
  it('is taken as it is', () => {
    const headers = { 'Content-Type': 'application/json', 'X-Count': 3, 'X-Flag': true };
    expect(responseTo({ statusCode: 202, headers, body: '{}', cookies: ['a=1'] })).toEqual({
      status: 202,
      headers: { 'content-type': 'application/json', 'x-count': '3', 'x-flag': 'true' },
      cookies: ['a=1'],
      body: '{}',
    });
  });

  it.each([
    ['no body and no type', { statusCode: 204 }, { status: 204, body: '' }],
    ['a status in digits', { statusCode: '201' }, { status: 201 }],
    ['a binary body', { statusCode: 200, body: 'aMOk', isBase64Encoded: true }, { body: 'hä' }],
    [
      'plain text unless told otherwise',
      { statusCode: 200, body: 'x' },
      { headers: { 'content-type': 'text/plain;charset=UTF-8' } },
    ],
    [
      'members set to null',
      { statusCode: 200, headers: null, body: null, cookies: null },
      { status: 200, body: '' },
    ],
  ])('may have %s', (_name, value, expected) => {
    expect(responseTo(value)).toMatchObject(expected);
  });

  it('cannot set what belongs to the connection', () => {
    const headers = { 'Content-Length': 1, Connection: 'close', 'Transfer-Encoding': 'chunked' };
    expect(Object.keys(responseTo({ statusCode: 200, headers }).headers)).toEqual(['content-type']);
  });

  it.each([
    ['statusCode', { statusCode: 'accepted' }],
    ['statusCode', { statusCode: 99 }],
    ['statusCode', { statusCode: 600 }],
    ['statusCode', { statusCode: 200.5 }],
    ['statusCode', { statusCode: null }],
    ['body', { statusCode: 200, body: { not: 'a text' } }],
    ['headers', { statusCode: 200, headers: ['a'] }],
    ['headers', { statusCode: 200, headers: { 'not a name': 'x' } }],
    ['headers', { statusCode: 200, headers: { a: 'two\nlines' } }],
    ['headers', { statusCode: 200, headers: { a: { b: 1 } } }],
    ['cookies', { statusCode: 200, cookies: 'a=1' }],
    ['cookies', { statusCode: 200, cookies: ['a=1\n'] }],
  ])('with a malformed %s is a 500: %j', (member, value) => {
    const response = responseTo(value);
    expect(response).toMatchObject({ status: 500, reason: expect.stringContaining(member) });
    expect(JSON.parse(response.body)).toMatchObject({ message: 'Internal Server Error' });
  });
});

describe('any other value', () => {
  it.each([
    ['a text', 'hello', 'hello'],
    ['an object', { message: 'hi' }, '{"message":"hi"}'],
    ['a list', [1, 2], '[1,2]'],
    ['null', null, 'null'],
  ])('is the body of a 200 in JSON: %s', (_name, value, body) => {
    expect(responseTo(value)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body,
    });
  });
});

describe('a failure', () => {
  const cases: Record<FailureKind, [number, string]> = {
    error: [500, 'Internal Server Error'],
    timeout: [500, 'Internal Server Error'],
    crash: [500, 'Internal Server Error'],
    throttled: [503, 'Service Unavailable'],
    unavailable: [503, 'Service Unavailable'],
  };

  it.each(Object.entries(cases))('of kind %s', (kind, [status, message]) => {
    const response = integrationResponse({
      ok: false,
      kind: kind as FailureKind,
      errorType: 'SomeError',
      errorMessage: 'a secret of the function',
      requestId: 'r',
    });
    expect(response).toMatchObject({ status, reason: 'SomeError: a secret of the function' });
    expect(JSON.parse(response.body.toString())).toEqual({
      message,
      type: 'about:blank',
      title: message,
      status,
      detail: expect.any(String),
    });
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it('of an event too large for Lambda is a request too large', () => {
    const errorType = 'RequestTooLargeException';
    const failure = {
      ok: false,
      kind: 'error',
      errorType,
      errorMessage: '',
      requestId: 'r',
    } as const;
    expect(integrationResponse(failure).status).toBe(413);
  });
});

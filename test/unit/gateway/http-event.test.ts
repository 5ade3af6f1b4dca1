import { describe, expect, it } from 'vitest';
import {
  authorizerEvent,
  commonLogTime,
  httpEvent,
  withAuthorizer,
} from '../../../local/gateway/http-event.ts';
import type { RequestParts } from '../../../local/gateway/request-parts.ts';

const facts = {
  requestId: 'JKJaXmPLvHcESHA=',
  timeMs: Date.UTC(2020, 2, 12, 19, 3, 58, 390),
  traceHeader: 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
  routeKey: 'POST /events',
  pathParameters: {},
};
const parts: RequestParts = {
  method: 'POST',
  path: '/events',
  rawQuery: '',
  headers: { 'content-type': 'application/json', 'user-agent': 'agent/1.0', host: 'h:1' },
  cookies: [],
  httpVersion: '1.1',
  sourceIp: '127.0.0.1',
  port: 8080,
};
const requestContext = {
  accountId: '000000000000',
  apiId: 'local',
  domainName: 'local.execute-api.us-east-1.amazonaws.com',
  domainPrefix: 'local',
  http: {
    method: 'POST',
    path: '/events',
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    userAgent: 'agent/1.0',
  },
  requestId: 'JKJaXmPLvHcESHA=',
  routeKey: 'POST /events',
  stage: '$default',
  time: '12/Mar/2020:19:03:58 +0000',
  timeEpoch: 1584039838390,
};
const headers = {
  'content-type': 'application/json',
  'user-agent': 'agent/1.0',
  host: 'h:1',
  'content-length': '2',
  'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-port': '8080',
  'x-forwarded-proto': 'http',
};
const body = { body: '{}', isBase64Encoded: false };

describe('httpEvent', () => {
  it('has the form of payload format 2.0', () => {
    expect(httpEvent(parts, body, 2, facts)).toEqual({
      version: '2.0',
      routeKey: 'POST /events',
      rawPath: '/events',
      rawQueryString: '',
      headers,
      requestContext,
      ...body,
    });
  });

  it('has cookies, query and path parameters where there are any', () => {
    const request = { ...parts, cookies: ['a=1'], rawQuery: 'x=1&x=2' };
    const found = { ...facts, pathParameters: { id: '7' } };
    expect(httpEvent(request, body, 2, found)).toMatchObject({
      cookies: ['a=1'],
      rawQueryString: 'x=1&x=2',
      queryStringParameters: { x: '1,2' },
      pathParameters: { id: '7' },
    });
  });

  it('appends the caller to those a proxy named', () => {
    const forwarded = { ...parts, headers: { 'x-forwarded-for': '10.0.0.1' } };
    expect(httpEvent(forwarded, body, 2, facts).headers).toMatchObject({
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
    });
  });

  it("carries the authorizer's context", () => {
    const event = withAuthorizer(httpEvent(parts, body, 2, facts), { source: 'shop' });
    expect(event.requestContext).toEqual({
      ...requestContext,
      authorizer: { lambda: { source: 'shop' } },
    });
  });
});

describe('authorizerEvent', () => {
  it('has the identity, the route, and no body', () => {
    expect(authorizerEvent(parts, 2, facts, 'the-key')).toEqual({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:us-east-1:000000000000:local/$default/POST/events',
      identitySource: ['the-key'],
      routeKey: 'POST /events',
      rawPath: '/events',
      rawQueryString: '',
      cookies: [],
      headers,
      requestContext,
    });
  });
});

describe('commonLogTime', () => {
  it.each([
    [Date.UTC(2026, 0, 1), '01/Jan/2026:00:00:00 +0000'],
    [Date.UTC(2024, 11, 31, 23, 59, 59, 999), '31/Dec/2024:23:59:59 +0000'],
  ])('%d', (timeMs, expected) => {
    expect(commonLogTime(timeMs)).toBe(expected);
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Invoke } from '../../../local/lambda/invoke.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { post, returning, send, success, testGateway } from './test-gateway.ts';

describe('the event', () => {
  it('is that of payload format 2.0', async () => {
    const clock = new ManualClock(Date.UTC(2026, 2, 12, 19, 3, 58));
    const gateway = await testGateway({ clock });
    const { response, body } = await send(
      gateway,
      {
        path: '/events?a=1&a=2&b=x%20y',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'source/1.0',
          'X-Multi': ['one', 'two'],
          Cookie: 'a=1; b=2',
        },
      },
      Buffer.from('{"id":"1"}'),
    );
    const event = JSON.parse(body);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /events',
      rawPath: '/events',
      rawQueryString: 'a=1&a=2&b=x%20y',
      queryStringParameters: { a: '1,2', b: 'x y' },
      cookies: ['a=1', 'b=2'],
      headers: {
        'content-length': '10',
        'content-type': 'application/json',
        host: `127.0.0.1:${gateway.port}`,
        'user-agent': 'source/1.0',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-69b30e1e-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(gateway.port),
        'x-forwarded-proto': 'http',
        'x-multi': 'one,two',
      },
      requestContext: expect.objectContaining({
        accountId: '000000000000',
        apiId: 'local',
        requestId: response.headers['apigw-requestid'],
        time: '12/Mar/2026:19:03:58 +0000',
        timeEpoch: clock.now(),
      }),
      body: '{"id":"1"}',
      isBase64Encoded: false,
    });
  });

  it('keeps the trace that it came with, and the function runs under it', async () => {
    const traces: unknown[] = [];
    const invoke: Invoke = async (event, options) => {
      traces.push(options?.traceHeader);
      return success(event);
    };
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const { body } = await post(await testGateway({ routes: [route] }), '{}', {
      'X-Amzn-Trace-Id': 'Root=1-5-a',
    });
    expect(body.headers['x-amzn-trace-id']).toBe('Root=1-5-a');
    expect(traces).toEqual(['Root=1-5-a']);
  });

  it('has no body when none was sent', async () => {
    const { body } = await send(await testGateway(), {});
    expect(JSON.parse(body)).not.toHaveProperty('body');
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=1'), 'auto'],
    ['bytes that are no text', 'application/json', Buffer.from([0xff, 0xfe]), 'auto'],
    ['everything on demand', 'application/json', Buffer.from('{}'), 'always'],
  ] as const)('has %s in base64', async (_name, type, sent, base64Bodies) => {
    const gateway = await testGateway({ base64Bodies });
    const { body } = await post(gateway, new Uint8Array(sent), { 'content-type': type });
    expect(body).toMatchObject({ isBase64Encoded: true, body: sent.toString('base64') });
  });

  it('has a compressed body as it was sent', async () => {
    const sent = gzipSync('{"id":"1"}');
    const { body } = await post(await testGateway(), new Uint8Array(sent), {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(body.headers['content-encoding']).toBe('gzip');
    expect(body).toMatchObject({ isBase64Encoded: true, body: sent.toString('base64') });
  });
});

describe('routing', () => {
  it('answers 404 where nothing takes the request', async () => {
    const { status, headers, body } = await post(await testGateway(), '{}', {}, '/elsewhere');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('apigw-requestid')).toMatch(/^[\w-]{15}=$/);
    expect(body).toEqual({
      message: 'Not Found',
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: expect.any(String),
    });
  });

  it('leaves to the default route what no other takes', async () => {
    const invoke = returning(({ routeKey }) => ({ routeKey }));
    const gateway = await testGateway({ defaultRoute: { invoke, authorized: false } });
    expect(await post(gateway, '{}', {}, '/elsewhere')).toMatchObject({
      status: 200,
      body: { routeKey: '$default' },
    });
    expect((await post(gateway)).body).toMatchObject({ routeKey: 'POST /events' });
  });
});

describe('the response', () => {
  it('is what the function structured', async () => {
    const invoke = returning(() => ({
      statusCode: 202,
      headers: { 'Content-Type': 'application/json', 'X-Durability': 'stream' },
      cookies: ['a=1', 'b=2; HttpOnly'],
      body: '{"message":"Event accepted"}',
    }));
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const { status, headers, body } = await post(await testGateway({ routes: [route] }));
    expect(status).toBe(202);
    expect(headers.get('x-durability')).toBe('stream');
    expect(headers.get('content-length')).toBe('28');
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2; HttpOnly']);
    expect(body).toEqual({ message: 'Event accepted' });
  });

  it('is a 500 when the response is malformed, and the log says why', async () => {
    const invoke = returning(() => ({ statusCode: 200, body: {} }));
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const gateway = await testGateway({ routes: [route] });
    expect(await post(gateway)).toMatchObject({
      status: 500,
      body: { message: 'Internal Server Error' },
    });
    expect(gateway.logged).toMatchObject([
      { status: 500, reason: expect.stringContaining('body') },
    ]);
  });

  it('is a 500 when invoking itself breaks', async () => {
    const invoke = () => Promise.reject(new Error('broken assumption'));
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const gateway = await testGateway({ routes: [route] });
    expect(await post(gateway)).toMatchObject({ status: 500 });
    expect(gateway.logged[0]?.reason).toContain('broken assumption');
  });
});

describe('the access log', () => {
  it('has a line for each request', async () => {
    const clock = new ManualClock();
    const gateway = await testGateway({ clock });
    const { headers } = await post(gateway);
    expect(gateway.logged).toEqual([
      {
        at: clock.now(),
        requestId: headers.get('apigw-requestid'),
        method: 'POST',
        path: '/events',
        sourceIp: '127.0.0.1',
        routeKey: 'POST /events',
        status: 200,
        ms: 0,
      },
    ]);
  });
});

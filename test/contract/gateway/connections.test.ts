import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Gateway } from '../../../local/gateway/gateway.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { answeredByHand, echo, post, send, success, testGateway } from './test-gateway.ts';

const mebibyte = Buffer.alloc(1024 * 1024, 'x');

describe('a body that is too large', () => {
  it('of ten mebibytes is not', async () => {
    const gateway = await testGateway();
    const { status, body } = await post(gateway, Buffer.concat(Array(10).fill(mebibyte)));
    expect(status).toBe(200);
    expect(body.headers['content-length']).toBe('10485760');
  });

  it('is refused while it still streams in, and the client can read why', async () => {
    const gateway = await testGateway();
    const { response, body } = await send(gateway, {}, Array(20).fill(mebibyte));
    expect(response.statusCode).toBe(413);
    expect(response.headers.connection).toBe('close');
    expect(JSON.parse(body)).toMatchObject({ message: 'Request Entity Too Large', status: 413 });
  });

  it('is refused by what it says of itself', async () => {
    const gateway = await testGateway({ maxBodyBytes: 4 });
    const headers = { 'content-length': '5' };
    const { response } = await send(gateway, { headers }, Buffer.from('12345'));
    expect(response.statusCode).toBe(413);
  });

  it('is not even asked for when the client asks first', async () => {
    const gateway = await testGateway({ maxBodyBytes: 4 });
    const headers = { 'content-length': '5', expect: '100-continue' };
    const outgoing = request(`${gateway.url}/events`, { method: 'POST', headers });
    const continued = vi.fn();
    outgoing.on('continue', continued).flushHeaders();
    const status = await new Promise((resolve) => {
      outgoing.on('response', (response) => resolve(response.resume().statusCode));
    });
    outgoing.on('error', () => {}).destroy();
    expect(status).toBe(413);
    expect(continued).not.toHaveBeenCalled();
  });
});

describe('a client that asks before it sends', () => {
  it('is told to continue', async () => {
    const gateway = await testGateway();
    const headers = { 'content-type': 'text/plain', expect: '100-continue' };
    const outgoing = request(`${gateway.url}/events`, { method: 'POST', headers });
    outgoing.on('continue', () => outgoing.end('sent after the go-ahead')).flushHeaders();
    const body = await new Promise<string>((resolve) => {
      outgoing.on('response', (response) => resolve(text(response)));
    });
    expect(JSON.parse(body)).toMatchObject({ body: 'sent after the go-ahead' });
  });
});

describe('a client that misbehaves', () => {
  it.each([
    ['sends what is not HTTP', 'no http at all\r\n\r\n', '400'],
    [
      'sends more headers than fit',
      `GET / HTTP/1.1\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431',
    ],
  ])('gets its answer and does no harm: %s', async (_name, sent, status) => {
    const gateway = await testGateway();
    const socket = open(gateway);
    socket.write(sent);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await post(gateway)).toMatchObject({ status: 200 });
  });

  it('may go away in the middle of its body', async () => {
    // Asked once the head of a request is there.
    const isFull = vi.fn(() => false);
    const route = { method: 'POST', path: '/events', invoke: echo, isFull, authorized: false };
    const gateway = await testGateway({ routes: [route] });
    const socket = open(gateway);
    socket.write('POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this');
    await vi.waitFor(() => expect(isFull).toHaveBeenCalled());
    socket.destroy();
    await vi.waitFor(() => expect(gateway.logged).toMatchObject([{ path: '/events' }]));
    expect(gateway.logged[0]).not.toHaveProperty('status');
    expect(await post(gateway)).toMatchObject({ status: 200 });
  });

  it('may go away before the answer', async () => {
    const { invoke, calls } = answeredByHand();
    const gateway = await testGateway({ defaultRoute: { invoke, authorized: false } });
    const socket = open(gateway);
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    socket.destroy();
    calls[0]?.answer(success('too late'));
    await vi.waitFor(() => expect(gateway.logged).toHaveLength(1));
    expect(await post(gateway)).toMatchObject({ status: 200 });
  });
});

describe('a connection', () => {
  it('is kept for the next request', async () => {
    const gateway = await testGateway();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect(await send(gateway, { agent })).toMatchObject({ reusedSocket: false });
    expect(await send(gateway, { agent })).toMatchObject({ reusedSocket: true });
  });
});

describe('an integration that takes thirty seconds', () => {
  it('is a 503', async () => {
    const clock = new ManualClock();
    const { invoke, calls } = answeredByHand();
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const gateway = await testGateway({ clock, routes: [route] });
    const late = post(gateway);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    await clock.advance(30_000);
    expect(await late).toMatchObject({ status: 503, body: { message: 'Service Unavailable' } });
    expect(gateway.logged).toMatchObject([{ reason: 'Integration timed out', ms: 30_000 }]);
  });
});

describe('closing', () => {
  it('finishes what is in flight, and takes nothing more', async () => {
    const { invoke, calls } = answeredByHand();
    const route = { method: 'POST', path: '/events', invoke, authorized: false };
    const gateway = await testGateway({ routes: [route] });
    const inFlight = post(gateway);
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const closed = gateway.close();
    await expect(post(gateway)).rejects.toThrow('fetch failed');
    calls[0]?.answer(success({ done: true }));
    const { status, headers } = await inFlight;
    expect(status).toBe(200);
    expect(headers.get('connection')).toBe('close');
    await closed;
  });

  it('does not wait for connections on which nothing happens', async () => {
    const gateway = await testGateway();
    const socket = open(gateway);
    await new Promise((resolve) => socket.once('connect', resolve));
    await post(gateway);
    await gateway.close();
  });
});

describe('starting', () => {
  it('fails with everything that is wrong', async () => {
    const invoke = answeredByHand().invoke;
    const route = { method: 'POST', path: '/events', invoke, authorized: true };
    const options = { routes: [route], defaultRoute: { invoke, authorized: true } };
    await expect(testGateway(options)).rejects.toThrow(
      'Gateway: POST /events needs an authorizer; $default needs an authorizer',
    );
    const authorizer = { invoke, identitySourceHeader: 'x-api-key', resultTtlSeconds: 3601 };
    await expect(testGateway({ authorizer })).rejects.toThrow('resultTtlSeconds');
  });

  it('fails when the port is taken', async () => {
    const { port } = await testGateway();
    await expect(testGateway({ port })).rejects.toThrow('EADDRINUSE');
  });
});

function open(gateway: Gateway): Socket {
  const socket = connect(gateway.port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

it('answers a client that has closed its side after the request', async () => {
  const gateway = await testGateway();
  const answered = new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(gateway.port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('error', reject).on('close', () => resolve(text));
    const head = 'POST /events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    socket.end(`${head}content-length: 2\r\n\r\n{}`);
  });
  expect(await answered).toMatch(/^HTTP\/1\.1 200 OK/);
});

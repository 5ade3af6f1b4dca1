import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';
import { openTarget } from './support/target-client.ts';

describe('the addresses', () => {
  it('say OK at the root', async () => {
    const { url } = await openTarget();
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, 'OK']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  it('listen on this machine only', async () => {
    expect((await openTarget()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each(['/nothing', '/graphql/', '/constructor', '//', '/%zz'])(
    'answer 404 to %s',
    async (path) => {
      const { url } = await openTarget();
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: expect.stringContaining('nothing') });
    },
  );

  it.each([
    ['/graphql', 'GET', 'POST'],
    ['/', 'POST', 'GET'],
    ['/stats', 'POST', 'GET, DELETE'],
    ['/control', 'POST', 'GET, PUT'],
    ['/send-fake-data', 'PUT', 'POST, GET'],
  ])('answer 405 to a wrong method: %s %s', async (path, method, allow) => {
    const target = await openTarget();
    const response = await fetch(`${target.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toEqual({ message: expect.any(String) });
    expect(target.stats().calls).toBe(0);
  });
});

describe('/send-fake-data', () => {
  it('posts each event once and sums up the answers', async () => {
    const target = await openTarget();
    const source = await openReceiver((number) => (number % 4 === 0 ? 503 : 202));
    const response = await send(target.url, '?count=20', {
      'x-target-api-url': `${source.url}/events`,
      'x-api-key': 'secret',
    });
    expect(await response.json()).toEqual({
      sent: 20,
      accepted: 15,
      refused: 5,
      statuses: { '202': 15, '503': 5 },
      sampleIds: expect.arrayContaining([source.received[0]?.event.id]),
    });
    expect(new Set(source.received.map(({ event }) => event.id)).size).toBe(20);
    for (const { event, headers, path } of source.received) {
      expect(path).toBe('/events');
      expect(headers['x-api-key']).toBe('secret');
      expect(event).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: expect.any(String),
        body: expect.any(String),
        timestamp: expect.any(Number),
      });
    }
  });

  it('sends ten by default, to GET as well, and no key when none was given', async () => {
    const target = await openTarget();
    const source = await openReceiver(() => 202);
    const headers = { 'x-target-api-url': source.url };
    const response = await fetch(`${target.url}/send-fake-data`, { headers });
    expect(await response.json()).toMatchObject({ sent: 10, accepted: 10 });
    expect(source.received[0]?.headers).not.toHaveProperty('x-api-key');
  });

  it('spaces events by the rate', async () => {
    const clock = new ManualClock();
    const target = await openTarget({ clock });
    const source = await openReceiver(() => 202);
    const sending = send(target.url, '?count=3&rate=2', { 'x-target-api-url': source.url });
    for (const [count, stepMs] of [
      [1, 499],
      [1, 1],
      [2, 499],
      [2, 1],
      [3, 0],
    ] as const) {
      while (source.received.length < count) await new Promise(setImmediate);
      expect(source.received).toHaveLength(count);
      await clock.advance(stepMs);
    }
    expect(await (await sending).json()).toMatchObject({ sent: 3, accepted: 3 });
  });

  it('follows no redirect and tells what was not answered', async () => {
    const target = await openTarget();
    const source = await openReceiver((number) => (number === 1 ? 307 : 202));
    const redirected = await send(target.url, '?count=1', { 'x-target-api-url': source.url });
    expect(await redirected.json()).toMatchObject({ refused: 1, statuses: { '307': 1 } });
    await source.close();
    const unanswered = await send(target.url, '?count=2', { 'x-target-api-url': source.url });
    expect(await unanswered.json()).toMatchObject({
      sent: 2,
      accepted: 0,
      refused: 2,
      statuses: { noAnswer: 2 },
    });
  });

  it.each([
    ['no address', '', {}, 'X-TARGET-API-URL'],
    ['a relative address', '', { 'x-target-api-url': '/events' }, 'X-TARGET-API-URL'],
    ['another protocol', '', { 'x-target-api-url': 'file:///etc/hosts' }, 'X-TARGET-API-URL'],
    ['credentials in it', '', { 'x-target-api-url': 'http://a:b@127.0.0.1/' }, 'X-TARGET-API-URL'],
    ['too many', '?count=10001', { 'x-target-api-url': 'http://127.0.0.1/' }, 'count must be'],
    ['none', '?count=0', { 'x-target-api-url': 'http://127.0.0.1/' }, 'count must be'],
    ['a rate of nothing', '?rate=0', { 'x-target-api-url': 'http://127.0.0.1/' }, 'rate must be'],
    ['a rate in words', '?rate=fast', { 'x-target-api-url': 'http://127.0.0.1/' }, 'rate must be'],
  ])('refuses %s and says what to do', async (_name, query, headers, expected) => {
    const { url } = await openTarget();
    const response = await send(url, query, headers);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining(expected) });
  });
});

function send(url: string, query: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${url}/send-fake-data${query}`, { method: 'POST', headers });
}

interface Received {
  path: string | undefined;
  headers: IncomingHttpHeaders;
  event: { id: string };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A source of answers: the n-th request, from 1, is answered with `statusOf(n)`. */
async function openReceiver(statusOf: (number: number) => number) {
  const received: Received[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const event = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ path: req.url, headers: req.headers, event });
    res.writeHead(statusOf(received.length), { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  closers.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close };
}

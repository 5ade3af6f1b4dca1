import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConsoleServer, startConsoleServer } from '../../../console/server/console-server.ts';
import type { ConsoleSource } from '../../../lib/console/console-source.ts';

/** A source that notes its calls. */
function notedSource(calls: [string, ...unknown[]][]): ConsoleSource {
  const note = (name: string) =>
    ((...args: unknown[]) => {
      calls.push([name, ...args]);
      if (name === 'failures') return Promise.reject(named('UsageError', 'start it first'));
      return Promise.resolve({ from: name });
    }) as never;
  return new Proxy({} as ConsoleSource, { get: (_, name) => note(String(name)) });
}

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

let calls: [string, ...unknown[]][];
let server: ConsoleServer;
let token: string;

async function start(allowActions: boolean): Promise<void> {
  calls = [];
  const metrics = { path: '/metrics', handle: async () => ({ status: 200, body: 'up 1\n' }) };
  const source = notedSource(calls);
  server = await startConsoleServer({ source, port: 0, allowActions, routes: [metrics] });
  token = (await (await fetch(`${server.url}/api/session`)).json()).csrfToken;
  calls.length = 0;
}

beforeEach(() => start(true));
afterEach(() => server.close());

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** As a browser could send it: fetch would not let a test set these headers. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const own = () => ({
  origin: server.url,
  'x-csrf-token': token,
  'content-type': 'application/json',
});

const PAUSE = JSON.stringify({ enabled: false });

describe('a request', () => {
  it.each([
    ['a name that leads here', { host: 'evil.example:4002' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['no port', { host: '127.0.0.1' }],
  ])('by %s is refused at every path', async (_, headers) => {
    for (const path of ['/', '/api/session', '/api/flow/events', '/metrics'])
      expect(await send('GET', path, headers)).toMatchObject({ status: 421 });
    expect(await send('POST', '/api/dispatch', { ...own(), ...headers }, PAUSE)).toMatchObject({
      status: 421,
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ['from another origin', { origin: 'http://evil.example' }, 403],
    ['from a page in a frame without an origin', { origin: 'null' }, 403],
    ['from another site, by the browser', { 'sec-fetch-site': 'cross-site' }, 403],
    ['with a wrong token', { 'x-csrf-token': 'guess' }, 403],
    ['that a form could send', { 'content-type': 'text/plain' }, 415],
  ])('for an action %s is refused', async (_, change, status) => {
    expect(await send('POST', '/api/dispatch', { ...own(), ...change }, PAUSE)).toMatchObject({
      status,
    });
    expect(calls).toEqual([]);
  });

  it('for an action without origin or token is refused', async () => {
    for (const left of ['origin', 'x-csrf-token'] as const) {
      const { [left]: _, ...headers } = own();
      expect(await send('POST', '/api/dispatch', headers, PAUSE)).toMatchObject({ status: 403 });
    }
    expect(calls).toEqual([]);
  });

  it('to read from another site is refused: each costs a search', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect(await send('GET', '/api/events?fromMs=0&toMs=1', foreign)).toMatchObject({
      status: 403,
    });
    expect(await send('HEAD', '/api/flow/events')).toMatchObject({ status: 404 });
    expect(calls).toEqual([]);
  });

  it('by GET does no action', async () => {
    for (const path of ['/api/dispatch', '/api/replay/start', '/api/replay/cancel'])
      expect(await send('GET', path)).toMatchObject({ status: 404 });
    expect(await send('PUT', '/api/dispatch', own(), PAUSE)).toMatchObject({ status: 405 });
    expect(calls).toEqual([]);
  });

  it('of the own page acts', async () => {
    expect(await send('POST', '/api/dispatch', own(), PAUSE)).toMatchObject({ status: 200 });
    const selection = { kind: 'deadLetters', ids: ['a'] };
    const body = JSON.stringify({ selection, reason: ' mended ' });
    expect(await send('POST', '/api/replay/start', own(), body)).toMatchObject({ status: 200 });
    expect(calls).toEqual([
      ['setDispatching', false],
      ['startReplay', selection, 'mended'],
    ]);
  });

  it.each([
    ['/api/replay/start', { selection: { kind: 'deadLetters', ids: ['a'] }, reason: ' ' }],
    ['/api/replay/start', { selection: { kind: 'all' }, reason: 'x' }],
    ['/api/replay/plan', { kind: 'deadLetters', ids: [] }],
    ['/api/dispatch', { enabled: 'no' }],
    ['/api/audit', { fromMs: 2, toMs: 1 }],
    ['/api/audit', { fromMs: 0, toMs: 1e300 }],
  ])('to %s with %j is refused with what to change', async (path, body) => {
    const answer = await send('POST', path, own(), JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).message).not.toBe('');
    expect(calls).toEqual([]);
  });

  it('whose body is no JSON is refused', async () => {
    expect(await send('POST', '/api/dispatch', own(), '{')).toMatchObject({ status: 400 });
    const tooLong = JSON.stringify({ text: 'x'.repeat(4 * 1024 * 1024) });
    expect(await send('POST', '/api/dispatch', own(), tooLong)).toMatchObject({ status: 400 });
  });
});

describe('a console that only reads', () => {
  beforeEach(async () => {
    await server.close();
    await start(false);
  });

  it('refuses actions, and plans and audits', async () => {
    const plan = JSON.stringify({ kind: 'givenUp' });
    for (const path of ['/api/dispatch', '/api/replay/start', '/api/replay/cancel']) {
      const answer = await send('POST', path, own(), PAUSE);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('--allow-actions');
    }
    expect(calls).toEqual([]);
    expect(await send('POST', '/api/replay/plan', own(), plan)).toMatchObject({ status: 200 });
    expect(calls).toEqual([['planReplay', { kind: 'givenUp' }]]);
  });
});

describe('a response', () => {
  it('has a policy that lets nothing run but its own files', async () => {
    for (const path of ['/', '/main.js', '/api/session', '/nothing']) {
      const { headers } = await send('GET', path);
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self';/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it.each([
    ['/', 'text/html'],
    ['/main.js', 'text/javascript'],
    ['/style.css', 'text/css'],
    ['/icon.svg', 'image/svg+xml'],
  ])('to %s is a file of the page that loads nothing from elsewhere', async (path, type) => {
    const { status, headers, body } = await send('GET', path);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain(type);
    expect(body).not.toMatch(/(?:src|href|url|import)\s*[=(]?\s*["'(]?\s*https?:/i);
    expect(body).not.toMatch(/<script>|style=|onclick=/);
  });

  it('tells an error that a person can act on as it is', async () => {
    expect(await send('GET', '/api/failures')).toMatchObject({
      status: 409,
      body: JSON.stringify({ message: 'start it first' }),
    });
    expect(await send('GET', '/api/event')).toMatchObject({ status: 400 });
    expect(await send('GET', '/api/constructor')).toMatchObject({ status: 404 });
  });

  it('to a further route is that of its handler', async () => {
    expect(await send('GET', '/metrics')).toMatchObject({ status: 200, body: 'up 1\n' });
  });
});

it('asks the source for numbers only while a page looks', async () => {
  const stop = new AbortController();
  const { body } = await fetch(`${server.url}/api/flow/events`, { signal: stop.signal });
  const reader = body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  expect(first).toBe('data: {"from":"flow"}\n\n');
  await reader?.read();
  expect(calls.length).toBeGreaterThanOrEqual(2);
  stop.abort();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = calls.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(calls.length).toBe(before);
});

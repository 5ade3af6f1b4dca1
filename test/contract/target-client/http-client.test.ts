import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import zlib from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { createHttpClient } from '../../../lib/target/http-client.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { listen, serve } from '../../support/test-server.ts';

const REQUEST = { method: 'POST', headers: { 'x-a': '1' }, body: '"ž"' };
const MAX_BYTES = 1000;

const client = (timeoutMs = 1000, clock: { now: () => number } = systemClock) =>
  createHttpClient({ timeoutMs, maxBytes: MAX_BYTES, clock });

const echo: RequestListener = (request, response) => {
  request
    .setEncoding('utf8')
    .on('data', (text) => response.end(`${request.headers['x-a']} ${text}`));
};

/** The response to one request that is answered with these bytes. */
async function bodyOf(headers: Record<string, string>, ...chunks: (Buffer | string)[]) {
  const url = await serve((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, headers);
      for (const chunk of chunks) response.write(chunk);
      response.end();
    });
  });
  return client()(new URL(url), REQUEST);
}

describe('the HTTP client', () => {
  it('sends call after call over one connection, and asks for no compression', async () => {
    let connections = 0;
    const encodings = new Set<unknown>();
    const server = http
      .createServer((request, response) => {
        encodings.add(request.headers['accept-encoding']);
        echo(request, response);
      })
      .on('connection', () => {
        connections += 1;
      });
    const url = new URL(`http://${await listen(server)}/`);
    const send = client();
    for (let call = 0; call < 20; call++)
      expect(await send(url, REQUEST)).toMatchObject({ status: 200, text: '1 "ž"' });
    expect(connections).toBe(1);
    expect([...encodings]).toEqual(['identity']);
  });

  it('follows no redirect', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    });
    const { status, headers } = await client()(new URL(url), REQUEST);
    expect([status, headers.location]).toEqual([307, 'http://127.0.0.1:1/']);
  });

  it('fails with a code when the connection is reset, before the response or within', async () => {
    const server = http.createServer((request, response) => {
      if (request.url === '/within') response.write('{');
      setTimeout(() => request.socket.destroy(), 20);
    });
    const host = await listen(server);
    for (const path of ['/before', '/within']) {
      const sent = client()(new URL(`http://${host}${path}`), REQUEST);
      await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
      await expect(sent).rejects.not.toHaveProperty('neverSent', true);
      await expect(sent).rejects.not.toHaveProperty('reusedConnection', true);
    }
  });

  it('gives up on a body that never ends', async () => {
    const url = await serve((_request, response) => {
      response.write('{"data":');
    });
    const sent = client(100)(new URL(url), REQUEST);
    await expect(sent).rejects.toMatchObject({ code: 'TIMEOUT', neverSent: false });
  });
});

/** A server that counts its connections; `forget` makes it reset those that there are at their next request. */
async function openServer({ keepAliveTimeout = 0, within = false } = {}) {
  const open = new Set<net.Socket>();
  let forgotten = new Set<net.Socket>();
  const counts = { connections: 0, resets: 0 };
  const held: (() => void)[] = [];
  let holdUntil = 1;
  const server = http.createServer({ keepAliveTimeout }, (request, response) => {
    if (forgotten.has(request.socket)) {
      counts.resets += 1;
      if (within) response.write('{');
      setTimeout(() => request.socket.resetAndDestroy(), within ? 20 : 0);
      return;
    }
    held.push(() => echo(request, response));
    if (held.length >= holdUntil) for (const answer of held.splice(0)) answer();
  });
  server.on('connection', (socket) => {
    counts.connections += 1;
    open.add(socket);
  });
  const url = new URL(`http://${await listen(server)}/`);
  return {
    url,
    counts,
    forget: () => {
      forgotten = new Set(open);
    },
    /** Answers none before this many wait. */
    holdUntil: (requests: number) => {
      holdUntil = requests;
    },
  };
}

describe('a kept connection', () => {
  const many = (count: number, send: () => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, send));

  it.each([
    ['less than 30 s', {}, 29_999, 1],
    ['30 s', {}, 30_000, 2],
    ['as long as the server announces', { keepAliveTimeout: 10_000 }, 10_000, 2],
  ])('that was idle for %s', async (_, options, idleMs, connections) => {
    const clock = new ManualClock();
    const { url, counts } = await openServer(options);
    const send = client(1000, clock);
    await send(url, REQUEST);
    clock.jump(idleMs);
    await send(url, REQUEST);
    expect(counts.connections).toBe(connections);
  });

  it('is closed alone: others that were used since stay', async () => {
    const clock = new ManualClock();
    const { url, counts, holdUntil } = await openServer();
    const send = client(1000, clock);
    holdUntil(3);
    await many(3, () => send(url, REQUEST));
    clock.jump(20_000);
    holdUntil(1);
    await send(url, REQUEST);
    clock.jump(15_000);
    await send(url, REQUEST);
    expect(counts.connections).toBe(3);
    holdUntil(2);
    await many(2, () => send(url, REQUEST));
    expect(counts.connections).toBe(4);
  });

  it('that is reset may have carried the request, and says so', async () => {
    const { url, forget } = await openServer();
    const send = client();
    await send(url, REQUEST);
    forget();
    const sent = send(url, REQUEST);
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET', reusedConnection: true });
    await expect(sent).rejects.not.toHaveProperty('neverSent', true);
  });

  it('that is reset within the response was not lost before', async () => {
    const { url, forget } = await openServer({ within: true });
    const send = client();
    await send(url, REQUEST);
    forget();
    const sent = send(url, REQUEST);
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(sent).rejects.not.toHaveProperty('reusedConnection', true);
  });

  it('that is reset closes those that were idle for as long', async () => {
    const { url, counts, forget, holdUntil } = await openServer();
    const send = client();
    holdUntil(3);
    await many(3, () => send(url, REQUEST));
    forget();
    await expect(send(url, REQUEST)).rejects.toMatchObject({ reusedConnection: true });
    await many(3, () => send(url, REQUEST));
    expect(counts).toEqual({ connections: 6, resets: 1 });
  });

  it('is not used by a request that asks for a new one', async () => {
    const { url, counts, forget } = await openServer();
    const send = client();
    await send(url, REQUEST);
    forget();
    await send(url, { ...REQUEST, newConnection: true });
    await send(url, { ...REQUEST, newConnection: true });
    expect(counts).toEqual({ connections: 3, resets: 0 });
  });
});

describe('a request that was certainly never sent', () => {
  it('has no one to take it', async () => {
    const server = http.createServer(echo);
    const host = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const sent = client()(new URL(`http://${host}/`), REQUEST);
    await expect(sent).rejects.toMatchObject({ code: 'ECONNREFUSED', neverSent: true });
  });

  it('has a header that cannot be sent', async () => {
    const bad = { ...REQUEST, headers: { 'x-a': 'line\nbreak' } };
    const sent = client()(new URL('http://127.0.0.1:1/'), bad);
    await expect(sent).rejects.toMatchObject({ code: 'ERR_INVALID_CHAR', neverSent: true });
  });

  it.each([
    ['ends', (socket: net.Socket) => socket.destroy(), { neverSent: true }],
    ['hangs', () => undefined, { code: 'CONNECT_TIMEOUT', neverSent: true }],
    ['is no TLS', (socket: net.Socket) => socket.end('HTTP/1.1 400 \r\n\r\n'), { neverSent: true }],
  ])('has a handshake that %s', async (_, act, right) => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.once('data', () => act(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = new URL(`https://127.0.0.1:${(server.address() as net.AddressInfo).port}/`);
    await expect(client(300)(url, REQUEST)).rejects.toMatchObject(right);
  });

  it('has a server that cannot be trusted', async () => {
    const { key, cert } = makeCertificate(await temporaryFolder('certificate'));
    const url = new URL(`https://${await listen(https.createServer({ key, cert }, echo))}/`);
    await expect(client()(url, REQUEST)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      neverSent: true,
    });
    const trusted = tls.getCACertificates();
    tls.setDefaultCACertificates([...trusted, cert]);
    onTestFinished(() => tls.setDefaultCACertificates(trusted));
    expect(await client()(url, REQUEST)).toMatchObject({ text: '1 "ž"' });
  });
});

describe('a body', () => {
  const text = '{"data":"ž"}';
  it.each([
    ['gzip', zlib.gzipSync(text)],
    ['x-gzip', zlib.gzipSync(text)],
    ['GZIP', zlib.gzipSync(text)],
    ['deflate', zlib.deflateSync(text)],
    ['deflate', zlib.deflateRawSync(text)],
    ['br', zlib.brotliCompressSync(text)],
    ['gzip', Buffer.from(text)],
    ['identity', Buffer.from(text)],
  ])('with content-encoding %s is read', async (encoding, bytes) => {
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await bodyOf({ 'content-encoding': encoding }, ...chunks)).toMatchObject({ text });
  });

  it.each([
    ['zstd', Buffer.from(text)],
    ['gzip, br', zlib.gzipSync(text)],
    ['gzip', zlib.gzipSync(text).subarray(0, 15)],
    ['br', Buffer.from('\x00junk')],
  ])(
    'with content-encoding %s that cannot be decoded leaves status and headers',
    async (encoding, bytes) => {
      const response = await bodyOf({ 'content-encoding': encoding, 'retry-after': '5' }, bytes);
      expect(response).toMatchObject({ status: 200, headers: { 'retry-after': '5' } });
      expect(response.text).toContain('cannot be decoded');
    },
  );

  it('that is empty is empty in any encoding', async () => {
    expect(await bodyOf({ 'content-encoding': 'gzip' })).toMatchObject({ text: '' });
  });

  it.each([
    ['plain', { 'x-a': '1' }, Buffer.alloc(MAX_BYTES, 'a'), true],
    ['plain and too long', { 'x-a': '1' }, Buffer.alloc(MAX_BYTES + 1, 'a'), false],
    [
      'compressed',
      { 'content-encoding': 'gzip' },
      zlib.gzipSync(Buffer.alloc(MAX_BYTES, 'a')),
      true,
    ],
    ['a bomb', { 'content-encoding': 'gzip' }, zlib.gzipSync(Buffer.alloc(500_000, 'a')), false],
    [
      'a brotli bomb',
      { 'content-encoding': 'br' },
      zlib.brotliCompressSync(Buffer.alloc(50_000_000)),
      false,
    ],
  ])('that is %s', async (_, headers, bytes, isRead) => {
    const response = bodyOf(headers as unknown as Record<string, string>, bytes);
    if (isRead) expect((await response).text).toHaveLength(MAX_BYTES);
    else await expect(response).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('that is too long is not read to its end', async () => {
    let isClosed: () => void;
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const url = await serve((_request, response) => {
      response.on('close', () => isClosed());
      const more = () => {
        while (!response.destroyed && response.write('a'.repeat(1000)));
      };
      response.on('drain', more);
      more();
    });
    await expect(client(5000)(new URL(url), REQUEST)).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
    await closed;
  });
});

/** Made anew for each run, so that no private key lies in the repository. */
function makeCertificate(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', ['req', ...options, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

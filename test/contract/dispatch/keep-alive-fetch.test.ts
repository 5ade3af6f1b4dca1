import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http, { type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKeepAliveFetch } from '../../../lib/dispatch/keep-alive-fetch.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const INIT = {
  method: 'POST',
  headers: new Headers({ 'x-a': '1' }),
  body: '"ž"',
};

const echo: RequestListener = (request, response) => {
  request
    .setEncoding('utf8')
    .on('data', (text) => response.end(`${request.headers['x-a']} ${text}`));
};

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the fetch that keeps its connections', () => {
  it('sends call after call over one connection', async () => {
    let connections = 0;
    const server = http.createServer(echo).on('connection', () => {
      connections += 1;
    });
    const url = new URL(`http://${await listen(server)}/`);
    const fetch = createKeepAliveFetch(1000);
    for (let call = 0; call < 20; call++) {
      const response = await fetch(url, INIT);
      expect([response.ok, await response.text()]).toEqual([true, '1 "ž"']);
    }
    expect(connections).toBe(1);
  });

  it('follows no redirect', async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    });
    const response = await createKeepAliveFetch(1000)(
      new URL(`http://${await listen(server)}/`),
      INIT,
    );
    expect([response.ok, response.status, response.headers.get('Location')]).toEqual([
      false,
      307,
      'http://127.0.0.1:1/',
    ]);
  });

  it('fails with a code when the connection is reset, before the answer or within', async () => {
    const server = http.createServer((request, response) => {
      if (request.url === '/within') response.write('{');
      setTimeout(() => request.socket.destroy(), 20);
    });
    const host = await listen(server);
    const fetch = createKeepAliveFetch(1000);
    for (const path of ['/before', '/within'])
      await expect(fetch(new URL(`http://${host}${path}`), INIT)).rejects.toMatchObject({
        code: 'ECONNRESET',
      });
  });

  it('speaks TLS, and only to whom it can trust', async () => {
    const { key, cert } = makeCertificate(await temporaryFolder('certificate'));
    const server = https.createServer({ key, cert }, echo);
    const url = new URL(`https://${await listen(server)}/`);
    await expect(createKeepAliveFetch(1000)(url, INIT)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const trusted = tls.getCACertificates();
    tls.setDefaultCACertificates([...trusted, cert]);
    onTestFinished(() => tls.setDefaultCACertificates(trusted));
    const response = await createKeepAliveFetch(1000)(url, INIT);
    expect(await response.text()).toBe('1 "ž"');
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

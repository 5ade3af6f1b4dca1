import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isOurs, type Router, startConsoleServer } from '../../local/console-server.ts';
import { MetricsRegistry } from '../../local/metrics/metrics-registry.ts';
import { metricsRoute } from '../../local/metrics/metrics-route.ts';
import { parseExposition } from '../support/exposition.ts';

async function start(routers: Router[]) {
  const server = await startConsoleServer({ port: 0, routers });
  onTestFinished(() => server.close());
  return server;
}

/** The status of a request with this `Host`. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

const metrics = () => metricsRoute(new MetricsRegistry(), async () => undefined);

describe('the server of metrics and the console', () => {
  it('serves /metrics on the loopback address', async () => {
    const { url } = await start([metrics()]);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(parseExposition(await response.text()).size).toBeGreaterThan(20);
  });

  it('refuses a Host that is not its own: a web page could read it by a name that points here', async () => {
    const { url } = await start([metrics()]);
    const { port } = new URL(url);
    expect(await statusFor(`${url}/metrics`, `evil.example:${port}`)).toBe(403);
    expect(await statusFor(`${url}/metrics`, `127.0.0.1:${Number(port) + 1}`)).toBe(403);
    expect(await statusFor(`${url}/metrics`, `localhost:${port}`)).toBe(200);
  });

  it.each([undefined, '', '127.0.0.1', 'localhost.evil.example:80', '127.0.0.1:80 ', '[::1]:80'])(
    'does not take %j for its own on port 80',
    (host) => {
      expect(isOurs(host, 80)).toBe(false);
    },
  );

  it('asks its routers in turn, and has nothing elsewhere', async () => {
    const page: Router = ({ url }, response) => {
      if (url !== '/') return false;
      response.end('a page');
      return true;
    };
    const { url } = await start([metrics(), page]);
    expect(await (await fetch(url)).text()).toBe('a page');
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('says what failed', async () => {
    const broken = metricsRoute(new MetricsRegistry(), () => Promise.reject(new Error('no disk')));
    const response = await fetch(`${(await start([broken])).url}/metrics`);
    expect([response.status, await response.text()]).toEqual([500, 'no disk\n']);
  });
});

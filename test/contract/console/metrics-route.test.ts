import { describe, expect, it, onTestFinished } from 'vitest';
import { startConsoleServer } from '../../../console/server/console-server.ts';
import type { ConsoleSource } from '../../../lib/console/console-source.ts';
import { MetricsRegistry } from '../../../local/metrics/metrics-registry.ts';
import { metricsRoute } from '../../../local/metrics/metrics-route.ts';
import { parseExposition } from '../../support/exposition.ts';

/** The URL of a console that serves the metrics of an empty run. */
async function start(refresh: () => Promise<void>): Promise<string> {
  const source = { close: async () => undefined } as ConsoleSource;
  const routes = [metricsRoute(new MetricsRegistry(), refresh)];
  const server = await startConsoleServer({ source, port: 0, allowActions: false, routes });
  onTestFinished(() => server.close());
  return `${server.url}/metrics`;
}

describe('/metrics of the console', () => {
  it("returns Prometheus's text format on the loopback address", async () => {
    const url = await start(async () => undefined);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(parseExposition(await response.text()).size).toBeGreaterThan(20);
  });

  it('says what failed', async () => {
    const response = await fetch(await start(() => Promise.reject(new Error('no disk'))));
    expect([response.status, await response.json()]).toEqual([
      500,
      { message: 'It failed: no disk' },
    ]);
  });
});

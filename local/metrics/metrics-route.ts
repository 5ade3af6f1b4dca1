import { messageOf } from '../../lib/errors.ts';
import type { Router } from '../console-server.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Serves `GET /metrics` in Prometheus's text format. `refresh` brings the gauges up to date first. */
export function metricsRoute(registry: MetricsRegistry, refresh: () => Promise<void>): Router {
  return ({ method, url }, response) => {
    if (url?.split('?')[0] !== '/metrics') return false;
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return true;
    }
    refresh()
      .then(() => registry.exposition())
      .then(({ contentType, text }) =>
        response.writeHead(200, { 'content-type': contentType }).end(text),
      )
      .catch((error: unknown) => response.writeHead(500).end(`${messageOf(error)}\n`));
    return true;
  };
}

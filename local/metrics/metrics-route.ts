import type { ExtraRoute } from '../../console/server/routes.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Serves `GET /metrics` in Prometheus's text format. `refresh` brings the gauges up to date first. */
export function metricsRoute(registry: MetricsRegistry, refresh: () => Promise<void>): ExtraRoute {
  return {
    path: '/metrics',
    async handle() {
      await refresh();
      const { contentType, text } = await registry.exposition();
      return { status: 200, headers: { 'content-type': contentType }, body: text };
    },
  };
}

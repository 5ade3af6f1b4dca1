import type { PipelineSettings } from '../lib/settings.ts';
import type { Functions } from './functions.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { ACCOUNT_ID, IDENTITY } from './layout.ts';

/** The HTTP API: its routes and its authorizer. What has no route goes to the health function, which knows 404 from 405. */
export function startApi(
  functions: Functions,
  settings: PipelineSettings,
  port: number,
): Promise<Gateway> {
  const { invoke: health } = functions.health;
  return startGateway({
    port,
    routes: [
      { method: 'POST', path: '/events', invoke: functions.ingest.invoke, authorized: true },
      { method: 'GET', path: '/health', invoke: health, authorized: false },
      { method: 'GET', path: '/events/health', invoke: health, authorized: false },
    ],
    defaultRoute: { invoke: health, authorized: false },
    authorizer: {
      invoke: functions.authorize.invoke,
      identitySourceHeader: 'x-api-key',
      resultTtlSeconds: settings.authorize_cache_seconds,
    },
    accountId: ACCOUNT_ID,
    region: IDENTITY.region,
  });
}

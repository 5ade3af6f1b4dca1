import type { PipelineSettings } from '../lib/settings.ts';
import type { Functions } from './functions.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { TOO_BUSY } from './gateway/problems.ts';
import { createNotices } from './notices.ts';

const TAKES_EVENTS = 'POST /events';

const REFUSED = 'API: events are refused with 503, and are not stored';

/** Starts the HTTP API, with its routes and its authorizer. What has no route goes to the health function, which knows 404 from 405. */
export function startApi({
  functions,
  settings,
  port,
  host,
  tell,
  onAccepted,
}: {
  functions: Functions;
  settings: PipelineSettings;
  port: number;
  host?: string | undefined;
  tell: (line: string) => void;
  /** Called with each accepted event, and the time until its response. */
  onAccepted: (ms: number) => void;
}): Promise<Gateway> {
  const notice = createNotices(tell);
  const { invoke: health } = functions.health;
  const { ingest } = functions;
  const takesEvents = { invoke: ingest.invoke, isFull: () => ingest.isFull(), authorized: true };
  return startGateway({
    port,
    host,
    routes: [
      { method: 'POST', path: '/events', ...takesEvents },
      { method: 'GET', path: '/events', invoke: functions.status.invoke, authorized: true },
      { method: 'GET', path: '/health', invoke: health, authorized: false },
      { method: 'GET', path: '/events/health', invoke: health, authorized: false },
    ],
    defaultRoute: { invoke: health, authorized: false },
    authorizer: {
      invoke: functions.authorize.invoke,
      identitySourceHeader: 'x-api-key',
      resultTtlSeconds: settings.authorize_cache_seconds,
    },
    log: ({ reason, routeKey, status, ms }) => {
      if (status === 202 && routeKey === TAKES_EVENTS) onAccepted(ms);
      if (reason === TOO_BUSY)
        notice(
          REFUSED,
          `${REFUSED}. Either they come too fast for this machine, or its stores are slow`,
        );
    },
  });
}

import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/ports.ts';
import { Authorizer, type AuthorizerOptions } from './authorizer.ts';
import type { BodyEncoding } from './event-body.ts';
import type { Api, Integration, Route } from './handle-request.ts';

export interface GatewayOptions {
  /** `127.0.0.1` unless given. */
  host?: string | undefined;
  /** 0 for any that is free. */
  port: number;
  routes: readonly Route[];
  /** Takes what no route matches; without it the gateway answers 404. */
  defaultRoute?: Integration;
  authorizer?: AuthorizerOptions;
  /** 10 MiB unless given, the limit of an HTTP API. */
  maxBodyBytes?: number;
  /** `auto` unless given. */
  base64Bodies?: BodyEncoding;
  apiId?: string;
  accountId?: string;
  region?: string;
  /** What the functions are told; `$default` unless given. Paths have no stage prefix here. */
  stageName?: string;
  clock?: Clock;
  /** Called once for every request, just before its answer is sent, or when the client gave it up. */
  log?: (entry: AccessLogEntry) => void;
}

export interface AccessLogEntry {
  /** Milliseconds since the Unix epoch, when the request's head had arrived. */
  at: number;
  requestId: string;
  method: string;
  path: string;
  sourceIp: string;
  /** Absent when no route took the request. */
  routeKey?: string;
  /** Absent when the client went away before it had sent its body. */
  status?: number;
  ms: number;
  /** Why the gateway answered with an error of its own. */
  reason?: string;
}

/** Throws an error that names everything that is wrong with the options. */
export function apiOf(options: GatewayOptions): Api {
  const { routes, defaultRoute, authorizer, clock = systemClock } = options;
  const problems = [
    ...routes.flatMap((route) => {
      const name = `${route.method} ${route.path}`;
      return route.authorized && !authorizer ? [`${name} needs an authorizer`] : [];
    }),
    ...(defaultRoute?.authorized && !authorizer ? ['$default needs an authorizer'] : []),
    ...(authorizer && !(authorizer.resultTtlSeconds >= 0 && authorizer.resultTtlSeconds <= 3600)
      ? ['resultTtlSeconds must be from 0 to 3600']
      : []),
  ];
  if (problems.length > 0) throw new Error(`Gateway: ${problems.join('; ')}`);
  return {
    identity: {
      apiId: options.apiId ?? 'local',
      accountId: options.accountId ?? '000000000000',
      region: options.region ?? 'us-east-1',
      stageName: options.stageName ?? '$default',
    },
    routes,
    defaultRoute,
    authorizer: authorizer && new Authorizer(authorizer, clock),
    base64Bodies: options.base64Bodies ?? 'auto',
    clock,
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/ports.ts';
import { Authorizer, type AuthorizerOptions } from './authorizer.ts';
import { Front } from './front.ts';
import type { Api, Integration, Route } from './handle-request.ts';
import type { BodyEncoding } from './http-event.ts';

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

export interface Gateway {
  /** An address at which this machine reaches it. */
  url: string;
  port: number;
  /** Accepts nothing more, finishes the requests in flight, then closes the connections. */
  close(): Promise<void>;
}

/** Wildcard addresses: a server listens on them, but no client can call them. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

const serverOptions = {
  // The limit of an HTTP API for the request line and the header values; Node counts names too.
  maxHeaderSize: 10_240,
  keepAliveTimeout: 65_000,
};

/**
 * Starts an HTTP API of API Gateway with Lambda proxy integrations of payload format 2.0 and a Lambda authorizer. The source
 * application posts its events to it, and the functions get the events, limits and errors that they get on AWS. Stages, CORS,
 * throttling and other integrations are left out; what is not HTTP gets Node's own 400 or 431.
 *
 * Rejects when the options are wrong or the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const front = new Front(apiOf(options), options);
  const server = createServer(serverOptions);
  // A client that has closed its side once its request was out still waits for the answer.
  (server as unknown as { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on('request', (request, response) => front.serve(request, response));
  server.on('checkContinue', (request, response) => front.serve(request, response, true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { address, family, port } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${EVERYWHERE.has(address) ? '127.0.0.1' : host}:${port}`,
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await front.finish();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws an error that names everything that is wrong with the options */
function apiOf(options: GatewayOptions): Api {
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
    routes,
    defaultRoute,
    authorizer: authorizer && new Authorizer(authorizer, clock),
    base64Bodies: options.base64Bodies ?? 'auto',
    clock,
  };
}

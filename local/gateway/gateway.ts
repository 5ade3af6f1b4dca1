import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Front, type GatewayStats } from './front.ts';
import type { GatewayOptions } from './gateway-options.ts';

export interface Gateway {
  /** As this machine reaches it. */
  url: string;
  port: number;
  /** Accepts nothing more, finishes the requests in flight, then closes the connections. */
  close(): Promise<void>;
  stats(): GatewayStats;
}

/** Wildcard addresses: a server listens on them, but no client can call them. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

const serverOptions = {
  // The limit of an HTTP API for the request line and the header values; Node counts names too.
  maxHeaderSize: 10_240,
  keepAliveTimeout: 65_000,
};

/**
 * Starts an HTTP front that behaves like an API Gateway HTTP API with Lambda proxy integrations of
 * payload format 2.0. Rejects when the options are wrong or the port is taken. What is not HTTP
 * gets Node's own 400 or 431.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const front = new Front(options);
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
    stats: () => front.stats(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await front.finish();
      server.closeAllConnections();
      await closed;
    },
  };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves a request, or returns false and leaves it to the next router. */
export type Router = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ConsoleServer {
  url: string;
  /** Ends open responses, such as streams of events, too. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Starts the HTTP server of what a person or Prometheus reads of a run, on the loopback address only. A request whose `Host` is not this server is
 * refused: a web page could otherwise read it through a name that it points here (DNS rebinding). Rejects when the port is taken.
 */
export async function startConsoleServer(options: {
  /** 0 for any that is free. */
  port: number;
  routers: readonly Router[];
}): Promise<ConsoleServer> {
  let port = 0;
  const server = createServer((request, response) => {
    if (!isOurs(request.headers.host, port)) {
      const detail = `This server is read as ${HOST}:${port} or localhost:${port} only.\n`;
      response.writeHead(403, PLAIN_TEXT).end(detail);
    } else if (!options.routers.some((serve) => serve(request, response)))
      response.writeHead(404, PLAIN_TEXT).end('There is nothing here.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, HOST, resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const PLAIN_TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** Returns whether a `Host` header names this server. Pure. */
export function isOurs(host: string | undefined, port: number): boolean {
  return [HOST, 'localhost'].some((name) => host?.toLowerCase() === `${name}:${port}`);
}

import { once, setMaxListeners } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Routes, route } from './routes.ts';

export interface ListeningServer {
  url: string;
  /** Stops listening, tells the handlers, and resolves once every connection is gone: after a second at most. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const CLOSE_GRACE_MS = 1000;
/** Longer than clients keep idle connections, so that the target never closes one just as it is used again. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Serves the routes on 127.0.0.1; port 0 takes a free one. The routes are given a signal that aborts when
 * the server closes. Rejects with the system's error when it cannot listen.
 */
export async function listen(
  port: number,
  createRoutes: (closing: AbortSignal) => Routes,
): Promise<ListeningServer> {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one for each call that waits
  const routes = createRoutes(closing.signal);
  const unanswered = new Set<ServerResponse>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    unanswered.add(res);
    res.once('close', () => unanswered.delete(res));
    void route(routes, req, res);
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // A connection kept alive after its last answer would hold the server open.
      for (const res of unanswered) if (!res.headersSent) res.setHeader('connection', 'close');
      closing.abort();
      await Promise.race([closed, delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

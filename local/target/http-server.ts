import { once, setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

interface ListeningServer {
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
 * the server closes. A request on a connection that was idle for `idleResetMs` resets it. Rejects with the system's error when it cannot listen.
 */
export async function listen(
  port: number,
  createRoutes: (closing: AbortSignal) => Routes,
  idleResetMs: () => number | null,
): Promise<ListeningServer> {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one for each call that waits
  const routes = createRoutes(closing.signal);
  const unanswered = new Set<ServerResponse>();
  const idleSinceMs = new WeakMap<Socket, number>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    const { socket } = req;
    const idleMs = performance.now() - (idleSinceMs.get(socket) ?? Number.POSITIVE_INFINITY);
    if (idleMs >= (idleResetMs() ?? Number.POSITIVE_INFINITY)) {
      socket.resetAndDestroy();
      return;
    }
    unanswered.add(res);
    res.once('close', () => {
      unanswered.delete(res);
      idleSinceMs.set(socket, performance.now());
    });
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

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** What follows the `?`, undecoded. */
  query: string;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** The handlers by path, then by method. */
export type Routes = ReadonlyMap<string, ReadonlyMap<string, Handler>>;

/** Finds the handler and runs it; an unknown path is answered 404, a wrong method 405, a broken handler 500. */
export async function route(
  routes: Routes,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (req.url ?? '/').split('?', 2);
  const methods = routes.get(path);
  if (!methods) return answerJson(res, 404, { message: `There is nothing at ${path}.` });
  const handler = methods.get(req.method === 'HEAD' ? 'GET' : (req.method ?? ''));
  if (!handler) {
    const allow = [...methods.keys()].join(', ');
    return answerJson(res, 405, { message: `${path} takes ${allow} only.` }, { allow });
  }
  try {
    await handler({ req, res, query });
  } catch (error) {
    if (req.destroyed && !req.complete) return; // the client left while sending
    console.error(error);
    if (!res.headersSent) answerJson(res, 500, { message: 'Unexpected error.' });
  }
}

/**
 * The request's body as text, or undefined when it is longer than `maxBytes` (the rest is read and dropped,
 * so that the connection stays usable). Rejects when the client leaves before its end.
 *
 * Plain events rather than `for await`, which measurably slowed down whole calls.
 */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
    });
    req.on('end', () => {
      resolve(bytes <= maxBytes ? Buffer.concat(chunks).toString('utf8') : undefined);
    });
    req.on('error', reject);
  });
}

/** Answers with a document of known length, unless the client has left. */
export function answer(
  res: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders,
): void {
  if (res.destroyed) return;
  res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

export function answerJson(
  res: ServerResponse,
  status: number,
  document: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  answer(res, status, JSON.stringify(document), { ...type, ...headers });
}

/** Answers in the shape of a GraphQL response that carries one error, with its code where clients look for it. */
export function answerGraphqlError(
  res: ServerResponse,
  status: number,
  error: { code: string; message: string },
  headers: OutgoingHttpHeaders = {},
): void {
  const { code, message } = error;
  answerJson(res, status, { errors: [{ message, extensions: { code } }] }, headers);
}

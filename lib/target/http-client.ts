import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Clock } from '../ports.ts';
import { HttpError } from './http-error.ts';
import { KeptConnections, MAX_IDLE_MS } from './kept-connections.ts';
import { readText } from './read-text.ts';

export interface HttpRequest {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Opens a connection for this request alone, in place of one that is kept. */
  newConnection?: boolean | undefined;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/** Sends one request. Rejects with Node's own error, or with an `HttpError`. */
export type SendHttp = (url: URL, request: HttpRequest) => Promise<HttpResponse>;

export interface HttpClientOptions {
  /** A call fails after this with `TIMEOUT`, headers and body included; with `CONNECT_TIMEOUT` if it never got a connection. */
  timeoutMs: number;
  /** A body that is longer, counted after decompression, fails the call with `RESPONSE_TOO_LARGE`. */
  maxBytes: number;
  clock: Pick<Clock, 'now'>;
  /** Encoding of response bodies. Default `utf8`; `latin1` keeps every byte of a binary one. */
  encoding?: 'utf8' | 'latin1';
}

/**
 * An HTTP client for one host on Node's own modules, over connections that stay open. It costs half the CPU time of the built-in `fetch`,
 * whose streams and abort signals are made anew for each call. It follows no redirect: a target that moved is a matter of
 * configuration. It repeats no request: one that a kept connection loses fails with `reusedConnection`.
 */
export function createHttpClient({
  timeoutMs,
  maxBytes,
  clock,
  encoding = 'utf8',
}: HttpClientOptions): SendHttp {
  const connected = new WeakSet<object>();
  const connections = {
    'http:': createConnections(http.Agent, 'connect', connected, clock),
    'https:': createConnections(https.Agent, 'secureConnect', connected, clock),
  };

  const addressOf = lastAddress();

  return (url, { method, headers, body, newConnection }) =>
    new Promise((resolve, reject) => {
      const isHttps = url.protocol === 'https:';
      const { keeping, single, kept } = connections[isHttps ? 'https:' : 'http:'];
      if (!newConnection) kept.closeIdle();
      const request = open(isHttps, {
        ...addressOf(url),
        method,
        agent: newConnection ? single : keeping,
        headers: {
          ...headers,
          'accept-encoding': 'identity',
          'content-length': Buffer.byteLength(body),
        },
      });
      const isConnected = () => request.socket !== null && connected.has(request.socket);
      const timer = setTimeout(() => request.destroy(timeoutError(isConnected())), timeoutMs);
      let hasResponse = false;
      request.on('response', (response) => {
        hasResponse = true;
        const { statusCode: status = 0 } = response;
        readText(response, maxBytes, encoding).then(
          (text) => resolve({ status, headers: plainHeaders(response.headers), text }),
          (error) => {
            request.destroy();
            reject(error);
          },
        );
      });
      request.on('error', (error) => {
        if (!isConnected()) return reject(neverSent(error));
        if (hasResponse || !request.reusedSocket || !isReset(error)) return reject(error);
        if (request.socket) kept.closeAsIdleAs(request.socket);
        reject(lostByKept(error));
      });
      request.on('close', () => clearTimeout(timer));
      // As text it goes out in one write with the headers.
      request.end(body);
    });
}

/** The connections of one protocol: those that are kept, and those of a single request. */
function createConnections(
  Agent: typeof http.Agent,
  event: 'connect' | 'secureConnect',
  connected: WeakSet<object>,
  clock: Pick<Clock, 'now'>,
) {
  const keeping = new Agent({ keepAlive: true, timeout: MAX_IDLE_MS });
  const kept = new KeptConnections(keeping, clock);
  const single = noteConnections(new Agent({ keepAlive: false }), event, connected);
  return { keeping: noteConnections(keeping, event, connected), kept, single };
}

/** Notes each socket of an agent once its connection, with TLS if any, is made: before that, nothing was sent. */
function noteConnections<Agent extends http.Agent>(
  agent: Agent,
  event: 'connect' | 'secureConnect',
  connected: WeakSet<object>,
): Agent {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = create(options, callback);
    socket?.once(event, () => connected.add(socket));
    return socket;
  };
  return agent;
}

/** The parts of a URL as Node's request takes them; those of the last URL are kept, because it hardly ever changes. */
function lastAddress(): (url: URL) => http.RequestOptions {
  let last: { href: string; options: http.RequestOptions } | undefined;
  return (url) => {
    if (last?.href !== url.href) last = { href: url.href, options: urlToHttpOptions(url) };
    const { protocol, hostname, port, path, auth } = last.options;
    return { protocol, hostname, port, path, auth };
  };
}

/** Fails at once for headers that no request can carry. */
function open(isHttps: boolean, options: http.RequestOptions): http.ClientRequest {
  try {
    return (isHttps ? https : http).request(options);
  } catch (error) {
    throw neverSent(error as NodeJS.ErrnoException);
  }
}

function timeoutError(isConnected: boolean): HttpError {
  return isConnected
    ? new HttpError('TIMEOUT', 'the target did not answer in time')
    : new HttpError('CONNECT_TIMEOUT', 'no connection to the target in time', { neverSent: true });
}

/** Connection refused, name unknown, certificate refused and the like: nothing was sent. */
function neverSent(error: NodeJS.ErrnoException): HttpError {
  const code = error.code ?? 'ECONNFAILED';
  return new HttpError(code, error.message || code, { neverSent: true, cause: error });
}

/** Node gives "socket hang up" the code of a reset, too. */
function isReset({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** The request may have been processed all the same. */
function lostByKept(error: NodeJS.ErrnoException): HttpError {
  const { code = 'ECONNRESET', message } = error;
  return new HttpError(code, message, { reusedConnection: true, cause: error });
}

function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  // Cookies are the only header that Node keeps as a list, and no one here reads them.
  if (headers['set-cookie'] === undefined) return headers as Record<string, string>;
  const { 'set-cookie': _, ...others } = headers;
  return others as Record<string, string>;
}

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsoleSource } from '../../lib/console/console-source.ts';
import { messageOf } from '../../lib/errors.ts';
import { type Api, createApi } from './api.ts';
import { type AppFiles, createAppFiles } from './app-files.ts';
import { createFlowStream, type FlowStream } from './flow-stream.ts';
import { isOfAnotherSite, type Refusal, refuseForgery, refuseHost, SAFE_HEADERS } from './guard.ts';
import { type ExtraRoute, json, type Reply, readJson } from './routes.ts';

export interface ConsoleServerOptions {
  source: ConsoleSource;
  /** On 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Replays, pauses and resumes are possible. Otherwise the console only reads. */
  allowActions: boolean;
  /** Further GET routes on the same port. */
  routes?: readonly ExtraRoute[];
}

export interface ConsoleServer {
  url: string;
  close(): Promise<void>;
}

interface Parts {
  api: Api;
  files: AppFiles;
  stream: FlowStream;
  routes: ReadonlyMap<string, ExtraRoute>;
  csrfToken: string;
  port: () => number;
}

/** Serves the console on 127.0.0.1 only. It closes the source with itself. */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const { source, port, allowActions, routes = [] } = options;
  const csrfToken = randomBytes(32).toString('base64url');
  const parts: Parts = {
    api: createApi(source, { allowActions, csrfToken }),
    files: createAppFiles(),
    stream: createFlowStream(source),
    routes: new Map(routes.map((route) => [route.path, route])),
    csrfToken,
    port: () => (server.address() as AddressInfo).port,
  };
  const server = createServer((request, response) => {
    serve(request, response, parts).catch((error) =>
      send(response, json({ message: `It failed: ${messageOf(error)}` }, 500)),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${parts.port()}`,
    async close() {
      parts.stream.close();
      server.close();
      server.closeAllConnections();
      await source.close();
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
): Promise<void> {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  const foreign = refuseHost(request.headers, parts.port());
  if (foreign) return send(response, replyOfRefusal(foreign));
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'POST') return send(response, await post(request, pathname, parts));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, json({ message: 'Use GET or POST.' }, 405));
  if (pathname.startsWith('/api/') && isOfAnotherSite(request))
    return send(response, json({ message: 'The request comes from another page.' }, 403));
  if (request.method === 'GET' && pathname === '/api/flow/events') return follow(response, parts);
  send(response, await get(request, pathname, searchParams, parts));
}

function follow(response: ServerResponse, { stream }: Parts): void {
  if (!stream.add(response))
    send(response, json({ message: 'Too many pages look at once: close some.' }, 503));
}

async function get(
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
  { api, files, routes }: Parts,
): Promise<Reply> {
  const extra = await routes.get(path)?.handle(request);
  const reply = extra ?? (await api.get(path, query)) ?? (await files.get(path));
  return reply ?? json({ message: `There is nothing at ${path}.` }, 404);
}

async function post(
  request: IncomingMessage,
  path: string,
  { api, csrfToken }: Parts,
): Promise<Reply> {
  const refusal = refuseForgery(request, csrfToken) ?? api.refusePost(path);
  if (refusal) return replyOfRefusal(refusal);
  return api.post(path, await readJson(request));
}

const replyOfRefusal = ({ status, message }: Refusal) => json({ message }, status);

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  if (response.headersSent) response.end();
  else response.writeHead(status, headers).end(body);
}

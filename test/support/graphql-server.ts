import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createSchema, createYoga, type YogaServerOptions } from 'graphql-yoga';
import { onTestFinished } from 'vitest';

export interface GraphQlServer {
  url: string;
  /** Headers of every request so far. */
  requests: IncomingHttpHeaders[];
}

export interface ServerOptions extends Pick<YogaServerOptions<object, object>, 'plugins'> {
  /** Answers a request in place of the API, as a gateway before it would. */
  intercept?: (body: string) => { status: number; body: string } | undefined;
}

interface Api {
  typeDefs: string;
  resolvers?: object;
}

/** A GraphQL API over HTTP on a free port, until the test ends. */
export async function startGraphQlServer(
  api: Api,
  options: ServerOptions = {},
): Promise<GraphQlServer> {
  const { close, ...server } = await openGraphQlServer(api, options);
  onTestFinished(close);
  return server;
}

/** The same until it is closed. */
export async function openGraphQlServer(
  api: Api,
  { intercept, ...options }: ServerOptions = {},
): Promise<GraphQlServer & { close(): void }> {
  const yoga = createYoga({
    schema: createSchema(api as Parameters<typeof createSchema>[0]),
    logging: false,
    graphiql: false,
    landingPage: false,
    maskedErrors: false,
    ...options,
  });
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    if (!intercept) return void yoga(request, response);
    void text(request).then(async (body) => {
      const { status, body: answer } = intercept(body) ?? (await answerOf(yoga, body));
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/graphql`, requests, close };
}

async function answerOf(yoga: { fetch: (url: string, init: object) => unknown }, body: string) {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body };
  const response = (await yoga.fetch('http://yoga/graphql', init)) as Response;
  return { status: response.status, body: await response.text() };
}

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSchema, createYoga, type YogaServerOptions } from 'graphql-yoga';
import { onTestFinished } from 'vitest';

export interface GraphQlServer {
  url: string;
  /** Headers of every request so far. */
  requests: IncomingHttpHeaders[];
}

/** A GraphQL API over HTTP on a free port, until the test ends. */
export async function startGraphQlServer(
  api: { typeDefs: string; resolvers?: object },
  options: Pick<YogaServerOptions<object, object>, 'plugins'> = {},
): Promise<GraphQlServer> {
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
    void yoga(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/graphql`, requests };
}

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeTraces, type OtlpSpan } from './decode-traces.ts';

/** An OTLP/HTTP receiver on this machine. */
export interface TestCollector {
  /** OTLP endpoint, without the path. */
  url: string;
  requests: { headers: IncomingHttpHeaders; spans: OtlpSpan[]; atMs: number; bytes: number }[];
  /** All spans, in the order of arrival. */
  spans: () => OtlpSpan[];
  /** Takes what comes in place of a response with status 200. */
  respond: ((response: ServerResponse, spans: OtlpSpan[]) => void) | undefined;
  close: () => Promise<void>;
}

/** Starts a receiver that takes requests as the OTLP specification asks a server to, and responds with 400 to every other one. */
export async function startCollector(): Promise<TestCollector> {
  const collector: TestCollector = {
    url: '',
    requests: [],
    spans: () => collector.requests.flatMap(({ spans }) => spans),
    respond: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    try {
      if (request.method !== 'POST' || request.url !== '/v1/traces')
        throw new Error(`${request.method} ${request.url}`);
      if (request.headers['content-type'] !== 'application/x-protobuf')
        throw new Error(`content type ${request.headers['content-type']}`);
      const isCompressed = request.headers['content-encoding'] === 'gzip';
      const spans = decodeTraces(isCompressed ? gunzipSync(body) : body);
      const { headers } = request;
      collector.requests.push({ headers, spans, atMs: Date.now(), bytes: body.length });
      if (collector.respond) collector.respond(response, spans);
      else response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return collector;
}

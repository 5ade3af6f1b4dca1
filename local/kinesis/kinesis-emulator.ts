import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { lockFolder } from './folder-lock.ts';
import { createKinesisApi } from './kinesis-api.ts';
import { KinesisError, Streams } from './streams.ts';

const LOOPBACK = '127.0.0.1';
const FINISH_REQUESTS_WITHIN_MS = 1_000;
const TARGET = /^Kinesis_20131202\.(\w+)$/;

export interface KinesisEmulator {
  url: string;
  /** Connections accepted since the start, closed ones included. */
  connectionCount(): number;
  /** Calls back after each record that was appended. */
  onAppended(tell: () => void): void;
  /** Lets running requests end, then closes the log. */
  close(): Promise<void>;
}

/**
 * Kinesis Data Streams on 127.0.0.1, over HTTP/1.1 and JSON, its records in an append-only log in the folder `path`.
 * What a kill and what a power cut leave of it, {@link AppendLog} says.
 *
 * @param options.hasLimits shards take and give no more than those of AWS
 */
export async function startKinesisEmulator(options: {
  port: number;
  path: string;
  hasLimits?: boolean;
}): Promise<KinesisEmulator> {
  const unlock = await lockFolder(options.path);
  const streams = new Streams(options.path);
  const call = createKinesisApi(streams, { hasLimits: options.hasLimits ?? false });
  const server = createServer((request, response) => void serve(request, response, call));
  let connections = 0;
  server.on('connection', () => connections++);
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    connectionCount: () => connections,
    onAppended: (tell) => streams.onAppended(tell),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const impatience = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
      await closed;
      clearTimeout(impatience);
      await streams.close();
      unlock();
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  call: ReturnType<typeof createKinesisApi>,
): Promise<void> {
  // The client is gone: there is no one to answer.
  const body = await buffer(request).catch(() => undefined);
  if (!body) return;
  const operation = TARGET.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
  try {
    const input: unknown = JSON.parse(body.toString());
    answer(response, 200, await call(operation, Object(input)));
  } catch (error) {
    const { name, message } = error as Error;
    const isOurs = error instanceof KinesisError;
    const status = isOurs && name !== 'InternalFailure' ? 400 : 500;
    const type = isOurs
      ? name
      : error instanceof SyntaxError
        ? 'SerializationException'
        : 'InternalFailure';
    answer(response, type === 'SerializationException' ? 400 : status, { __type: type, message });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}

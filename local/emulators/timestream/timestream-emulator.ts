import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { messageOf } from '../../../lib/errors.ts';
import { query } from './query.ts';
import { TableStore } from './table-store.ts';
import { createDatabase, createTable, describeTable } from './tables.ts';
import { invalid, TimestreamError } from './timestream-error.ts';
import { writeRecords } from './write-records.ts';

export interface TimestreamEmulator {
  /** Serves writes and queries. */
  url: string;
  /** Lets running requests end, then closes the store. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const MAX_BODY_BYTES = 16 * 1024 * 1024;

type Operation = (store: TableStore, input: unknown, nowMs: number) => object;

const OPERATIONS: Record<string, Operation> = {
  DescribeEndpoints: describeEndpoints,
  CreateDatabase: createDatabase,
  CreateTable: createTable,
  DescribeTable: describeTable,
  WriteRecords: writeRecords,
  Query: query,
};

/**
 * Timestream for LiveAnalytics on 127.0.0.1, as much of it as the status table needs: the limits and rejections of
 * `WriteRecords`, and the one query that `trace` asks. Its rows are in SQLite at `path`; rows past their retention stay.
 */
export async function startTimestreamEmulator(options: {
  port: number;
  path: string;
  now?: () => number;
}): Promise<TimestreamEmulator> {
  const store = new TableStore(options.path);
  const now = options.now ?? Date.now;
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    answer(request, store, now()).then(
      (output) => send(response, 200, output),
      (error: unknown) => refuse(response, error),
    );
  });
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const impatience = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(impatience);
      store.close();
    },
  };
}

/** JSON 1.0: the operation is in a header (`Timestream_20181101.WriteRecords`), its input is the body. */
async function answer(request: IncomingMessage, store: TableStore, nowMs: number): Promise<object> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
    throw invalid('The request is too large.');
  const body = await text(request);
  const [, name = ''] = String(request.headers['x-amz-target']).split('Timestream_20181101.');
  const operation = OPERATIONS[name];
  if (!operation)
    throw new TimestreamError('UnknownOperationException', `No operation ${name} here.`);
  return operation(store, parse(body), nowMs);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new TimestreamError('SerializationException', messageOf(error));
  }
}

/** An SDK that discovers its endpoint keeps the port it came from, and takes this for the host alone. */
function describeEndpoints() {
  return { Endpoints: [{ Address: LOOPBACK, CachePeriodInMinutes: 1440 }] };
}

function refuse(response: ServerResponse, error: unknown): void {
  const known = error instanceof TimestreamError;
  const code = known ? error.code : 'InternalServerException';
  send(response, known ? 400 : 500, {
    __type: `com.amazonaws.timestream.v20181101#${code}`,
    message: messageOf(error),
    ...(known ? error.members : {}),
  });
}

function send(response: ServerResponse, status: number, output: object): void {
  const body = JSON.stringify(output);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

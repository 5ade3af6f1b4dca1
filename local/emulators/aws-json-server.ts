import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../lib/errors.ts';

const LOOPBACK = '127.0.0.1';
const FINISH_REQUESTS_WITHIN_MS = 1_000;

/** A refusal by an AWS service: `name` is its exception, and `members` are what else its shape has. */
export class AwsError extends Error {
  override name: string;
  readonly members: object;

  constructor(name: string, message: string, members: object = {}) {
    super(message);
    this.name = name;
    this.members = members;
  }
}

export interface AwsJsonServer {
  url: string;
  /** Lets running requests end, for a second at most. */
  close(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1 for one service of the AWS JSON protocol: the operation is in the header `X-Amz-Target`, its input and
 * its output are JSON bodies. Signatures are not checked. An {@link AwsError} is a 400, `InternalFailure` and any other error a 500.
 * Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export async function startAwsJsonServer(options: {
  port: number;
  /** The service's name in `X-Amz-Target`, such as `Kinesis_20131202`. */
  service: string;
  version: '1.0' | '1.1';
  /** The longest time that an idle connection is kept; Node's 5 seconds unless given. */
  keepAliveTimeout?: number;
  call: (operation: string, input: unknown) => object | Promise<object>;
}): Promise<AwsJsonServer> {
  const { port, service, version, keepAliveTimeout = 5_000, call } = options;
  const operationOf = ({ headers }: IncomingMessage) => {
    const [target, operation = ''] = String(headers['x-amz-target']).split('.', 2);
    return target === service ? operation : '';
  };
  const server = createServer({ keepAliveTimeout }, async (request, response) => {
    // The client may be gone: then there is no one to respond to.
    const body = await readText(request);
    if (body === undefined) return;
    const { status, output } = await run(() => call(operationOf(request), parse(body)));
    send(response, status, version, output);
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Returns the error for an operation that an emulator does not have. */
export function unknownOperation(operation: string): AwsError {
  return new AwsError('UnknownOperationException', `This emulator does not have ${operation}.`);
}

/** Reads a body; `undefined` if it does not come whole. By events: a stream's iterator costs as much as the rest of a small request. */
function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body || '{}');
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

async function run(
  call: () => object | Promise<object>,
): Promise<{ status: number; output: object }> {
  try {
    return { status: 200, output: await call() };
  } catch (error) {
    const isRefusal = error instanceof AwsError && error.name !== 'InternalFailure';
    const __type = error instanceof AwsError ? error.name : 'InternalFailure';
    const members = error instanceof AwsError ? error.members : {};
    return {
      status: isRefusal ? 400 : 500,
      output: { __type, message: messageOf(error), ...members },
    };
  }
}

function send(response: ServerResponse, status: number, version: string, output: object): void {
  const body = JSON.stringify(output);
  response
    .writeHead(status, {
      'content-type': `application/x-amz-json-${version}`,
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': randomUUID(),
    })
    .end(body);
}

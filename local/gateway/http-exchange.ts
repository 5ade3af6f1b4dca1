import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../lib/ports.ts';
import type { GatewayResponse } from './problems.ts';

type ReadBody =
  | { type: 'complete'; bytes: Buffer }
  | { type: 'tooLarge' }
  /** The client went away before it had sent everything. */
  | { type: 'aborted' };

/** Returns true when a request itself says that its body is larger than `maxBytes`. */
export function declaresTooMuch({ headers }: Pick<IncomingMessage, 'headers'>, maxBytes: number) {
  return Number(headers['content-length'] ?? 0) > maxBytes;
}

/** Reads a body, and never keeps more than `maxBytes` of it. Never rejects. By events: a stream's iterator costs as much as the rest of the reading. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (declaresTooMuch(request, maxBytes)) return Promise.resolve({ type: 'tooLarge' });
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else resolve({ type: 'tooLarge' });
    });
    request.on('end', () => resolve({ type: 'complete', bytes: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ type: 'aborted' }));
    request.on('close', () => resolve({ type: 'aborted' }));
  });
}

/**
 * Lets a client finish sending an unread body, for at most ten seconds: a connection
 * that is closed while data still arrives is reset, and the client may lose the answer with it.
 */
async function discardBody(request: IncomingMessage, clock: Clock): Promise<void> {
  const stop = new AbortController();
  request.resume();
  const sent = finished(request, { cleanup: true }).catch(() => {});
  await Promise.race([sent, clock.sleep(10_000, stop.signal)]);
  stop.abort('over');
}

/** Sends a whole response; resolves when it is out, or the client is gone. Never rejects. */
export async function writeResponse(
  answer: GatewayResponse,
  requestId: string,
  response: ServerResponse,
): Promise<void> {
  setHead(answer, requestId, response);
  const closed = new Promise((resolve) => response.once('close', resolve));
  response.end(answer.body);
  if (!response.closed) await closed;
}

/** As {@link writeResponse}, for a response without cookies, and without waiting until it is out. */
export function writeAtOnce(
  { status, headers, body }: GatewayResponse,
  requestId: string,
  response: ServerResponse,
): void {
  response
    .writeHead(status, {
      ...headers,
      'content-length': body.length,
      'apigw-requestid': requestId,
    })
    .end(body);
}

/**
 * Sends a response and closes the connection, while the client may still be sending: it gets the
 * whole answer at once, and the connection ends when it has sent the rest of the unread request.
 */
export async function writeAndHangUp(
  answer: GatewayResponse,
  requestId: string,
  response: ServerResponse,
  unread: IncomingMessage | undefined,
  clock: Clock,
): Promise<void> {
  setHead(answer, requestId, response);
  response.setHeader('connection', 'close');
  response.setHeader('content-length', answer.body.length);
  response.write(answer.body);
  if (unread) await discardBody(unread, clock);
  response.end();
  await finished(response).catch(() => {});
}

function setHead(
  { status, headers, cookies }: GatewayResponse,
  requestId: string,
  response: ServerResponse,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // A cookie in the headers comes after those of the list, as observed on AWS.
  const last = headers['set-cookie'];
  const all = last === undefined ? cookies : [...cookies, last];
  if (all.length > 0) response.setHeader('set-cookie', all);
  response.setHeader('apigw-requestid', requestId);
}

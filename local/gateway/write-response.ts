import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../lib/ports.ts';
import { discardBody } from './read-body.ts';
import type { GatewayResponse } from './response.ts';

/** Sends a whole response; resolves when it is out, or the client is gone. Never rejects. */
export async function writeResponse(
  answer: GatewayResponse,
  requestId: string,
  response: ServerResponse,
): Promise<void> {
  setHead(answer, requestId, response);
  response.end(answer.body);
  await finished(response).catch(() => {});
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

import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import {
  type AccessLogEntry,
  type Gateway,
  type GatewayOptions,
  startGateway,
} from '../../../local/gateway/gateway.ts';
import type { HttpEvent } from '../../../local/gateway/http-event.ts';
import type { Invoke, InvokeResult } from '../../../local/lambda/invoke.ts';

interface TestGateway extends Gateway {
  logged: AccessLogEntry[];
}

/** A gateway on a free port, which ends with the test; every POST to /events is echoed unless told otherwise. */
export async function testGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const logged: AccessLogEntry[] = [];
  const gateway = await startGateway({
    port: 0,
    routes: [{ method: 'POST', path: '/events', invoke: echo, authorized: false }],
    log: (entry) => logged.push(entry),
    ...options,
  });
  onTestFinished(() => gateway.close());
  return { ...gateway, logged };
}

/** A function that returns what `answer` makes of the event. */
export function returning(answer: (event: HttpEvent) => unknown): Invoke {
  return async (event) => success(answer(event as HttpEvent));
}

export function success(value: unknown): InvokeResult {
  return { ok: true, value, requestId: 'request' };
}

export const echo: Invoke = returning((event) => event);

/** A function whose answers the test gives, in the order of the calls. */
export function answeredByHand(): {
  invoke: Invoke;
  calls: { event: unknown; answer(result: InvokeResult): void }[];
} {
  const calls: { event: unknown; answer(result: InvokeResult): void }[] = [];
  const invoke: Invoke = (event) =>
    new Promise((answer) => {
      calls.push({ event, answer });
    });
  return { invoke, calls };
}

export async function post(
  gateway: Gateway,
  body: string | Uint8Array<ArrayBuffer> = '{}',
  headers: Record<string, string> = { 'content-type': 'application/json' },
  path = '/events',
) {
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A request over `node:http`, for what `fetch` does not let one do. */
export async function send(
  gateway: Gateway,
  options: RequestOptions,
  body: Iterable<Buffer> | Buffer = Buffer.alloc(0),
): Promise<{ response: IncomingMessage; body: string; reusedSocket: boolean }> {
  const outgoing = request(gateway.url, { method: 'POST', path: '/events', ...options });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  for (const chunk of Buffer.isBuffer(body) ? [body] : body) outgoing.write(chunk);
  outgoing.end();
  const response = await answered;
  return { response, body: await text(response), reusedSocket: outgoing.reusedSocket };
}

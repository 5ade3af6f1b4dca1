import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newTraceHeader } from '../lambda/invoke.ts';
import type { AccessLogEntry, GatewayOptions } from './gateway.ts';
import {
  type Api,
  findTarget,
  type Handled,
  handleRequest,
  type ReceivedRequest,
} from './handle-request.ts';
import {
  declaresTooMuch,
  readBody,
  writeAndHangUp,
  writeAtOnce,
  writeResponse,
} from './http-exchange.ts';
import { problemResponse, problems, TOO_BUSY_RESPONSE } from './problems.ts';
import { type RequestParts, requestParts } from './request-parts.ts';

/** The server side of the gateway: reads each request, has it handled, writes the response and the access log. */
export class Front {
  #api: Api;
  #maxBodyBytes: number;
  #log: (entry: AccessLogEntry) => void;
  #inFlight = new Set<Promise<void>>();
  #closing = false;

  constructor(api: Api, { maxBodyBytes, log }: Pick<GatewayOptions, 'maxBodyBytes' | 'log'>) {
    this.#api = api;
    this.#maxBodyBytes = maxBodyBytes ?? 10 * 1024 * 1024;
    this.#log = log ?? (() => {});
  }

  /** `waits` when the client sends its body only once it is told to continue. */
  async serve(request: IncomingMessage, response: ServerResponse, waits = false): Promise<void> {
    const serving = this.#serve(request, response, waits);
    this.#inFlight.add(serving);
    await serving;
    this.#inFlight.delete(serving);
  }

  /** From now on every answer ends its connection; resolves when nothing is in flight. */
  async finish(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#inFlight);
  }

  async #serve(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const parts = requestParts(request);
    const timeMs = this.#api.clock.now();
    const requestId = newRequestId();
    if (findTarget(this.#api, parts)?.integration.isFull?.()) {
      this.#writeLog(parts, { requestId, timeMs }, { response: TOO_BUSY_RESPONSE });
      return writeAtOnce(TOO_BUSY_RESPONSE, requestId, response);
    }
    const traceHeader = parts.headers['x-amzn-trace-id'] ?? newTraceHeader(timeMs);
    const facts = { requestId, timeMs, traceHeader };
    const refusedUnread = waits && declaresTooMuch(request, this.#maxBodyBytes);
    if (waits && !refusedUnread) response.writeContinue();
    const body = await readBody(request, this.#maxBodyBytes);
    if (body.type === 'aborted') return this.#writeLog(parts, facts, undefined);
    if (body.type === 'tooLarge') {
      const handled = { response: problemResponse(problems.tooLarge) };
      const unread = refusedUnread ? undefined : request;
      this.#writeLog(parts, facts, handled);
      return writeAndHangUp(handled.response, facts.requestId, response, unread, this.#api.clock);
    }
    const handled = await handleRequest(this.#api, { parts, body: body.bytes, facts });
    this.#writeLog(parts, facts, handled);
    if (this.#closing) response.setHeader('connection', 'close');
    await writeResponse(handled.response, facts.requestId, response);
  }

  #writeLog(
    { method, path, sourceIp }: RequestParts,
    { requestId, timeMs }: Pick<ReceivedRequest['facts'], 'requestId' | 'timeMs'>,
    handled: Handled | undefined,
  ): void {
    const status = handled?.response.status;
    const reason = handled?.response.reason;
    this.#log({
      at: timeMs,
      requestId,
      method,
      path,
      sourceIp,
      ms: this.#api.clock.now() - timeMs,
      ...(handled?.routeKey !== undefined && { routeKey: handled.routeKey }),
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
    });
  }
}

/** In the form of API Gateway's request ids: `JKJaXmPLvHcESHA=`. */
function newRequestId(): string {
  const bytes = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  return `${bytes.toString('base64url', 0, 11)}=`;
}

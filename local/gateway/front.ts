import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newTraceHeader } from '../lambda/invoke.ts';
import type { AuthorizerStats } from './authorizer.ts';
import { type AccessLogEntry, apiOf, type GatewayOptions } from './gateway-options.ts';
import {
  type Api,
  findTarget,
  type Handled,
  handleRequest,
  type ReceivedRequest,
} from './handle-request.ts';
import { problemResponse, problems, tooBusy } from './problems.ts';
import { declaresTooMuch, readBody } from './read-body.ts';
import { type RequestParts, requestParts } from './request-parts.ts';
import { writeAndHangUp, writeResponse } from './write-response.ts';

export interface GatewayStats {
  requests: number;
  inFlight: number;
  /** Requests that the client gave up while sending. */
  aborted: number;
  byStatus: Record<number, number>;
  authorizer: AuthorizerStats;
}

/** Serves requests: reads each, has it handled, writes the answer, and keeps the books. */
export class Front {
  #api: Api;
  #maxBodyBytes: number;
  #log: (entry: AccessLogEntry) => void;
  #inFlight = new Set<Promise<void>>();
  #closing = false;
  #stats: Omit<GatewayStats, 'inFlight' | 'authorizer'> = { requests: 0, aborted: 0, byStatus: {} };

  constructor(options: GatewayOptions) {
    this.#api = apiOf(options);
    this.#maxBodyBytes = options.maxBodyBytes ?? 10 * 1024 * 1024;
    this.#log = options.log ?? (() => {});
  }

  /** `waits` when the client sends its body only once it is told to continue. */
  async serve(request: IncomingMessage, response: ServerResponse, waits = false): Promise<void> {
    this.#stats.requests += 1;
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

  stats(): GatewayStats {
    const authorizer = this.#api.authorizer?.stats() ?? { calls: 0, cacheHits: 0 };
    const byStatus = { ...this.#stats.byStatus };
    return { ...this.#stats, byStatus, inFlight: this.#inFlight.size, authorizer };
  }

  async #serve(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const parts = requestParts(request);
    const timeMs = this.#api.clock.now();
    const requestId = newRequestId();
    if (findTarget(this.#api, parts)?.integration.isFull?.()) {
      const handled = { response: tooBusy() };
      this.#account(parts, { requestId, timeMs }, handled);
      return writeResponse(handled.response, requestId, response);
    }
    const traceHeader = parts.headers['x-amzn-trace-id'] ?? newTraceHeader(timeMs);
    const facts = { requestId, timeMs, traceHeader };
    const refusedUnread = waits && declaresTooMuch(request, this.#maxBodyBytes);
    if (waits && !refusedUnread) response.writeContinue();
    const body = await readBody(request, this.#maxBodyBytes);
    if (body.type === 'aborted') return this.#account(parts, facts, undefined);
    if (body.type === 'tooLarge') {
      const handled = { response: problemResponse(problems.tooLarge) };
      const unread = refusedUnread ? undefined : request;
      this.#account(parts, facts, handled);
      return writeAndHangUp(handled.response, facts.requestId, response, unread, this.#api.clock);
    }
    const handled = await handleRequest(this.#api, { parts, body: body.bytes, facts });
    this.#account(parts, facts, handled);
    if (this.#closing) response.setHeader('connection', 'close');
    await writeResponse(handled.response, facts.requestId, response);
  }

  #account(
    { method, path, sourceIp }: RequestParts,
    { requestId, timeMs }: Pick<ReceivedRequest['facts'], 'requestId' | 'timeMs'>,
    handled: Handled | undefined,
  ): void {
    const status = handled?.response.status;
    const reason = handled?.response.reason;
    if (status === undefined) this.#stats.aborted += 1;
    else this.#stats.byStatus[status] = (this.#stats.byStatus[status] ?? 0) + 1;
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

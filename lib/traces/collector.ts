import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { messageOf } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { HttpResponse, SendHttp } from '../target/http-client.ts';
import { HttpError } from '../target/http-error.ts';
import { retryAfterMsOf } from '../target/wait-ms.ts';

/** The result of one request to a collector. `detail` says what went wrong, and holds nothing of a response's body. */
export type SendOutcome =
  | { kind: 'taken'; rejected: number; detail: string | undefined }
  /** It may take the same spans later, after `waitMs` where it says so. */
  | { kind: 'later'; waitMs?: number | undefined; detail: string }
  /** It will not take the same spans. */
  | { kind: 'refused'; detail: string };

/** Sends spans in one request. Never rejects. */
export type SendSpans = (spans: ReadableSpan[]) => Promise<SendOutcome>;

interface CollectorOptions {
  /** OTLP endpoint: `/v1/traces` is appended unless it ends so. */
  endpoint: string;
  send: SendHttp;
  /** Headers of each request, from a secret. Rejects when it cannot be read. */
  headers: () => Promise<Record<string, string>>;
  /** Called when the collector refuses the headers: they may have been replaced. */
  onUnauthorized: () => void;
  clock: Pick<Clock, 'now'>;
}

const compress = promisify(gzip);

/** Retryable statuses (OTLP specification 1.x, "OTLP/HTTP Response", "Retryable Response Codes"). */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** An OTLP/HTTP client: protobuf, compressed. A request that a kept connection lost is sent once more on a new one. */
export function createCollector(options: CollectorOptions): SendSpans {
  const url = tracesUrlOf(options.endpoint);
  return async (spans) => {
    try {
      return outcomeOf(await post(url, spans, options), options);
    } catch (error) {
      return { kind: 'later', detail: reasonOf(error) };
    }
  };
}

/** The URL that traces are posted to (OTLP exporter specification, "Endpoint URLs for OTLP/HTTP"). Pure. */
export function tracesUrlOf(endpoint: string): URL {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith('/v1/traces'))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url;
}

/** The client's own messages speak of the target. */
function reasonOf(error: unknown): string {
  return error instanceof HttpError && error.cause === undefined ? error.code : messageOf(error);
}

async function post(
  url: URL,
  spans: ReadableSpan[],
  { send, headers }: CollectorOptions,
): Promise<HttpResponse> {
  const given = await headers();
  const body = await compress(ProtobufTraceSerializer.serializeRequest(spans) ?? '');
  const request = {
    method: 'POST',
    headers: {
      ...given,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'user-agent': 'orchestrator',
    },
    body,
  };
  return send(url, request).catch((error) => {
    if (error instanceof HttpError && error.reusedConnection)
      return send(url, { ...request, newConnection: true });
    throw error;
  });
}

function outcomeOf(
  response: HttpResponse,
  { onUnauthorized, clock }: CollectorOptions,
): SendOutcome {
  const { status, headers } = response;
  if (status >= 200 && status < 300) return takenBy(response);
  if (status === 401 || status === 403) onUnauthorized();
  const detail = `status ${status}`;
  if (!RETRYABLE.has(status)) return { kind: 'refused', detail };
  return { kind: 'later', detail, waitMs: retryAfterMsOf(headers, clock.now()) };
}

/** A collector may take a part of the spans, and say so in a response of protobuf. */
function takenBy({ headers, text }: HttpResponse): SendOutcome {
  const isProtobuf = headers['content-type']?.startsWith('application/x-protobuf');
  if (!isProtobuf || text === '') return { kind: 'taken', rejected: 0, detail: undefined };
  try {
    const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(
      Buffer.from(text, 'latin1'),
    );
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    const detail = rejected > 0 ? `the collector rejected ${rejected} spans` : undefined;
    return { kind: 'taken', rejected, detail };
  } catch {
    return { kind: 'taken', rejected: 0, detail: 'the response cannot be read' };
  }
}

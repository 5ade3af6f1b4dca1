import { ClientError, GraphQLClient } from 'graphql-request';
import { messageOf } from '../errors.ts';
import type { GraphQlError, Target, TargetAnswer, TargetCall } from '../ports.ts';
import { traceparentOf } from '../trace-id.ts';
import { idempotencyKey } from './idempotency-key.ts';

const CREATE_ITEM = /* GraphQL */ `
  mutation createItem($id: String!, $name: String!, $body: String!, $timestamp: Int!, $brand: String!) {
    createItem(id: $id, name: $name, body: $body, timestamp: $timestamp, brand: $brand) { id }
  }`;

const GET_ITEM = /* GraphQL */ `
  query getItem($id: String!) { getItem(id: $id) { id } }`;

/** The target over HTTP. A call is over after `timeoutMs`, headers and body included; it never rejects. */
export function createGraphQlTarget(options: { url: string; timeoutMs: number }): Target {
  // `excludeOperationName` spares parsing the document on every call.
  const client = new GraphQLClient(options.url, { errorPolicy: 'all', excludeOperationName: true });

  async function send(
    query: string,
    variables: Record<string, unknown>,
    headers: Record<string, string>,
    call: TargetCall,
  ): Promise<TargetAnswer> {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
    try {
      const requestHeaders = { ...headers, traceparent: traceparentOf(call.traceId) };
      const answer = await client.rawRequest({ query, variables, requestHeaders, signal });
      return readResponse(answer as unknown as RawResponse);
    } catch (error) {
      return error instanceof ClientError
        ? readResponse(error.response as unknown as RawResponse)
        : noResponse(error);
    }
  }

  return {
    createItem: (item, call) =>
      send(CREATE_ITEM, { ...item }, { 'idempotency-key': idempotencyKey(item.id) }, call),
    getItem: (id, call) => send(GET_ITEM, { id }, {}, call),
  };
}

interface RawResponse {
  status: number;
  headers: Headers;
  data?: Record<string, unknown> | null;
  errors?: unknown;
}

function readResponse({ status, headers, data, errors }: RawResponse): TargetAnswer {
  return {
    kind: 'response',
    status,
    retryAfter: headers.get('retry-after') ?? undefined,
    data,
    errors: Array.isArray(errors) ? errors.map(readError) : [],
  };
}

/** Servers put all sorts of things into `errors`; what has no message gets its own text as one. */
function readError(error: unknown): GraphQlError {
  const { message, extensions, type, errorType } = (error ?? {}) as Partial<GraphQlError>;
  return {
    message: typeof message === 'string' ? message : JSON.stringify(error),
    ...(extensions && typeof extensions === 'object' ? { extensions } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof errorType === 'string' ? { errorType } : {}),
  };
}

/** `fetch` wraps the system's error: its code (ECONNRESET, UND_ERR_…) sits in the cause. */
function noResponse(error: unknown): TargetAnswer {
  if (error instanceof DOMException && ['TimeoutError', 'AbortError'].includes(error.name))
    return { kind: 'noResponse', code: 'TIMEOUT', message: 'the target did not answer in time' };
  const cause = (error as { cause?: { code?: unknown } }).cause;
  const code = typeof cause?.code === 'string' ? cause.code : 'UNREADABLE';
  const message = cause instanceof Error ? cause.message || code : messageOf(error);
  return { kind: 'noResponse', code, message };
}

import { ClientError, GraphQLClient } from 'graphql-request';
import { messageOf } from '../errors.ts';
import type { GraphQlError, Target, TargetAnswer, TargetCall } from '../ports.ts';
import { traceparentOf } from '../trace-id.ts';
import { createItemsOperation, getItemsOperation, type Operation } from './graphql-documents.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { createKeepAliveFetch } from './keep-alive-fetch.ts';

/** The target over HTTP. A call is over after `timeoutMs`, headers and body included; it never rejects. */
export function createGraphQlTarget(options: { url: string; timeoutMs: number }): Target {
  // `excludeOperationName` spares parsing the document on every call.
  const client = new GraphQLClient(options.url, {
    errorPolicy: 'all',
    excludeOperationName: true,
    fetch: createKeepAliveFetch(options.timeoutMs),
  });

  async function send(
    { query, variables, fields }: Operation,
    headers: Record<string, string>,
    call: TargetCall,
  ): Promise<TargetAnswer> {
    try {
      const requestHeaders = { ...headers, traceparent: traceparentOf(call.traceId) };
      const answer = await client.rawRequest({ query, variables, requestHeaders });
      return readResponse(answer as unknown as RawResponse, fields);
    } catch (error) {
      return error instanceof ClientError
        ? readResponse(error.response as unknown as RawResponse, fields)
        : noResponse(error);
    }
  }

  return {
    createItems(items, call) {
      const [first] = items;
      // The key stands for one event, so a request with several has none.
      const headers: Record<string, string> =
        first && items.length === 1 ? { 'idempotency-key': idempotencyKey(first.id) } : {};
      return send(createItemsOperation(items), headers, call);
    },
    getItems: (ids, call) => send(getItemsOperation(ids), {}, call),
  };
}

interface RawResponse {
  status: number;
  headers: Headers;
  data?: Record<string, unknown> | null;
  errors?: unknown;
}

function readResponse(
  { status, headers, data, errors }: RawResponse,
  fields: string[],
): TargetAnswer {
  return {
    kind: 'response',
    status,
    retryAfter: headers.get('retry-after') ?? undefined,
    fields,
    data,
    errors: Array.isArray(errors) ? errors.map(readError) : [],
  };
}

/** Servers put all sorts of things into `errors`; what has no message gets its own text as one. */
function readError(error: unknown): GraphQlError {
  const { message, path, extensions, type, errorType } = (error ?? {}) as Partial<GraphQlError>;
  return {
    message: typeof message === 'string' ? message : JSON.stringify(error),
    ...(Array.isArray(path) ? { path } : {}),
    ...(extensions && typeof extensions === 'object' ? { extensions } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof errorType === 'string' ? { errorType } : {}),
  };
}

/** The system's error has a code (ECONNRESET, …); without one, there was an answer that is no GraphQL. */
function noResponse(error: unknown): TargetAnswer {
  const { code } = error as { code?: unknown };
  return {
    kind: 'noResponse',
    code: typeof code === 'string' ? code : 'UNREADABLE',
    message: messageOf(error),
  };
}

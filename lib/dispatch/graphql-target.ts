import { ClientError, GraphQLClient } from 'graphql-request';
import { messageOf } from '../errors.ts';
import type { GraphQlError, Target, TargetAnswer, TargetCall, TargetCredential } from '../ports.ts';
import { idempotencyKey } from '../target/idempotency-key.ts';
import { traceparentOf } from '../trace-id.ts';
import { createItemsOperation, getItemsOperation, type Operation } from './graphql-documents.ts';
import { createKeepAliveFetch } from './keep-alive-fetch.ts';
import { CREDENTIAL_UNAVAILABLE } from './outcome.ts';
import { refusesCredential } from './target-credential.ts';

export interface GraphQlTargetOptions {
  url: string;
  timeoutMs: number;
  /** Its headers go with every request; absent for a target that wants none. */
  credential?: TargetCredential | undefined;
}

/**
 * The target over HTTP. A call is over after `timeoutMs`, headers and body included; it never rejects. Without the credential
 * nothing is sent.
 */
export function createGraphQlTarget(options: GraphQlTargetOptions): Target {
  const { credential } = options;
  // `excludeOperationName` spares parsing the document on every call.
  const client = new GraphQLClient(options.url, {
    errorPolicy: 'all',
    excludeOperationName: true,
    fetch: createKeepAliveFetch(options.timeoutMs),
  });

  async function send(
    { query, variables, fields }: Operation,
    requestHeaders: Record<string, string>,
  ): Promise<TargetAnswer> {
    try {
      const answer = await client.rawRequest({ query, variables, requestHeaders });
      return readResponse(answer as unknown as RawResponse, fields);
    } catch (error) {
      return error instanceof ClientError
        ? readResponse(error.response as unknown as RawResponse, fields)
        : noResponse(error);
    }
  }

  async function sendWithCredential(
    operation: Operation,
    headers: Record<string, string>,
    call: TargetCall,
  ): Promise<TargetAnswer> {
    const ours = { ...headers, traceparent: traceparentOf(call.traceId) };
    if (!credential) return send(operation, ours);
    let theirs: Record<string, string>;
    try {
      const given = credential.headers();
      theirs = given instanceof Promise ? await given : given;
    } catch (error) {
      return { kind: 'noResponse', code: CREDENTIAL_UNAVAILABLE, message: messageOf(error) };
    }
    const answer = await send(operation, { ...theirs, ...ours });
    if (refusesCredential(answer)) credential.refused();
    return answer;
  }

  return {
    createItems(items, call) {
      const [first] = items;
      // The key stands for one event, so a request with several has none.
      const headers: Record<string, string> =
        first && items.length === 1 ? { 'idempotency-key': idempotencyKey(first.id) } : {};
      return sendWithCredential(createItemsOperation(items), headers, call);
    },
    getItems: (ids, call) => sendWithCredential(getItemsOperation(ids), {}, call),
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

import { GraphQLClient } from 'graphql-request';
import { messageOf } from '../errors.ts';
import { readAnswer, type TargetAnswer } from './answer.ts';
import type { Operation } from './contract.ts';
import { createHttpClient, type HttpResponse } from './http-client.ts';

export interface SenderOptions {
  url: string;
  timeoutMs: number;
  responseMaxBytes: number;
}

/** Sends one operation. Never rejects. */
export type SendOperation = (
  operation: Operation,
  headers: Record<string, string>,
) => Promise<TargetAnswer>;

/**
 * Sends operations with graphql-request, which builds the request. It does not judge the response: the `fetch` that it is given says `ok` to
 * every status, and its parser reads nothing, because real servers send what it refuses (`"errors": null`, other content
 * types, errors that are no list).
 */
export function createSender({ url, timeoutMs, responseMaxBytes }: SenderOptions): SendOperation {
  const send = createHttpClient({ timeoutMs, maxBytes: responseMaxBytes });

  function fetchAnything(input: unknown, init: RequestInit = {}): Promise<unknown> {
    const request = {
      method: init.method ?? 'POST',
      headers: Object.fromEntries(init.headers as Headers),
      body: String(init.body ?? ''),
    };
    return send(input instanceof URL ? input : new URL(String(input)), request).then(
      (response) => ({
        ok: true,
        status: response.status,
        headers: { get: () => 'application/json', response },
        text: async () => '',
      }),
    );
  }

  const client = new GraphQLClient(url, {
    fetch: fetchAnything as unknown as typeof fetch,
    jsonSerializer: { parse: () => ({}), stringify: JSON.stringify },
    // Spares parsing the document on every call.
    excludeOperationName: true,
  });

  return async ({ query, variables }, requestHeaders) => {
    try {
      const raw = await client.rawRequest({ query, variables, requestHeaders });
      const { response } = raw.headers as unknown as { response: HttpResponse };
      return readAnswer(response.status, response.headers, response.text);
    } catch (error) {
      return noResponse(error);
    }
  };
}

function noResponse(error: unknown): TargetAnswer {
  const { code, neverSent } = error as { code?: unknown; neverSent?: unknown };
  return {
    kind: 'noResponse',
    code: typeof code === 'string' ? code : 'NO_RESPONSE',
    message: messageOf(error),
    ...(neverSent === true ? { neverSent } : {}),
  };
}

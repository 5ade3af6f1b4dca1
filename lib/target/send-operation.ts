import { GraphQLClient } from 'graphql-request';
import { messageOf } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { readAnswer, type TargetAnswer } from './answer.ts';
import type { Operation } from './contract.ts';
import { createHttpClient, type HttpRequest, type HttpResponse } from './http-client.ts';
import type { HttpError } from './http-error.ts';

export interface SenderOptions {
  url: string;
  timeoutMs: number;
  responseMaxBytes: number;
  clock: Pick<Clock, 'now'>;
}

/** Sends one operation. Never rejects. */
export type SendOperation = (
  operation: Operation,
  headers: Record<string, string>,
  connection?: Pick<HttpRequest, 'newConnection'>,
) => Promise<TargetAnswer>;

/** What graphql-request is shown of every response: nothing that it could judge. */
const ANSWERED = {
  ok: true,
  status: 200,
  headers: { get: () => 'application/json' },
  text: async () => '',
};

/**
 * Sends operations with graphql-request, which builds the request. It does not judge the response, because real servers send what it
 * refuses: `"errors": null`, other content types, errors that are no list. Headers of a call are put beside its own at the end: its `Headers`
 * object costs more than all the rest of it.
 */
export function createSender(options: SenderOptions): SendOperation {
  const { url, timeoutMs, responseMaxBytes, clock } = options;
  const send = createHttpClient({ timeoutMs, maxBytes: responseMaxBytes, clock });

  return async ({ query, variables }, headers, connection) => {
    let response: HttpResponse | undefined;
    async function fetchAnything(to: URL, init: RequestInit): Promise<typeof ANSWERED> {
      response = await send(to, {
        method: init.method ?? 'POST',
        headers: { ...Object.fromEntries(init.headers as Headers), ...headers },
        body: String(init.body),
        newConnection: connection?.newConnection,
      });
      return ANSWERED;
    }
    const client = new GraphQLClient(url, {
      fetch: fetchAnything as unknown as typeof fetch,
      jsonSerializer: { parse: () => ({}), stringify: JSON.stringify },
      // Spares parsing the document on every call.
      excludeOperationName: true,
    });
    try {
      await client.rawRequest({ query, variables });
      const { status, headers, text } = response as unknown as HttpResponse;
      return readAnswer(status, headers, text);
    } catch (error) {
      return noResponse(error);
    }
  };
}

function noResponse(error: unknown): TargetAnswer {
  const { code, neverSent, reusedConnection } = error as Partial<Record<keyof HttpError, unknown>>;
  return {
    kind: 'noResponse',
    code: typeof code === 'string' ? code : 'NO_RESPONSE',
    message: messageOf(error),
    ...(neverSent === true ? { neverSent } : {}),
    ...(reusedConnection === true ? { reusedConnection } : {}),
  };
}

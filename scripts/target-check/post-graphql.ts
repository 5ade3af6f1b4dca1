import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../lib/errors.ts';

/** An answer to one GraphQL request, or why there is none. */
export type GraphQlAnswer =
  | {
      kind: 'answer';
      status: number;
      /** `undefined` when the body is not GraphQL. */
      body: { data: Record<string, unknown> | undefined; errors: AnsweredError[] } | undefined;
      milliseconds: number;
    }
  | { kind: 'none'; reason: string };

export interface AnsweredError {
  message: string;
  code: string;
}

export type PostGraphQl = (query: string, variables?: object) => Promise<GraphQlAnswer>;

const TIMEOUT_MS = 10_000;
const MAX_TRIES = 4;
const MAX_WAIT_MS = 10_000;

export interface PostOptions {
  url: string;
  headers: () => Promise<Record<string, string>>;
  /** The target's limit; calls start no closer than it allows. */
  ratePerSecond: number;
  /** Ends the call in hand, and fails those after it. */
  signal?: AbortSignal | undefined;
}

/** Posts to one endpoint, one call at a time, and waits as it is told when it answers 429. Never rejects. */
export function createPostGraphQl({
  url,
  headers,
  ratePerSecond,
  signal,
}: PostOptions): PostGraphQl {
  let nextStartMs = 0;
  const pace = async () => {
    await delay(Math.max(0, nextStartMs - performance.now()), undefined, { signal });
    nextStartMs = performance.now() + 1000 / ratePerSecond;
  };
  const once = async (query: string, variables: object): Promise<Reply> => {
    await pace();
    const startedMs = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...(await headers()),
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    });
    const text = await response.text();
    return { response, text, milliseconds: performance.now() - startedMs };
  };
  return async (query, variables = {}) => {
    try {
      for (let tries = 1; ; tries += 1) {
        const reply = await once(query, variables);
        if (reply.response.status !== 429 || tries === MAX_TRIES) return answerOf(reply);
        const waitMs = waitOf(reply.response.headers.get('retry-after'));
        await delay(waitMs, undefined, { signal });
      }
    } catch (error) {
      return { kind: 'none', reason: reasonOf(error) };
    }
  };
}

interface Reply {
  response: Response;
  text: string;
  milliseconds: number;
}

function answerOf({ response, text, milliseconds }: Reply): GraphQlAnswer {
  return { kind: 'answer', status: response.status, body: bodyOf(text), milliseconds };
}

function waitOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter);
  return seconds > 0 ? Math.min(seconds * 1000, MAX_WAIT_MS) : 1000;
}

function bodyOf(text: string) {
  try {
    const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown };
    if (data === undefined && !Array.isArray(errors)) return undefined;
    return {
      data: typeof data === 'object' && data !== null ? { ...data } : undefined,
      errors: (Array.isArray(errors) ? errors : []).map(errorOf),
    };
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown): AnsweredError {
  const { message, extensions } = (error ?? {}) as {
    message?: unknown;
    extensions?: { code?: unknown };
  };
  return {
    message: typeof message === 'string' ? message : JSON.stringify(error),
    code: String(extensions?.code ?? ''),
  };
}

/** `fetch` says "fetch failed", and its cause what failed. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string }; name?: string };
  if (name === 'TimeoutError' || name === 'AbortError')
    return `no answer within ${TIMEOUT_MS / 1000} s`;
  return cause?.code ?? messageOf(cause ?? error);
}

import { Agent, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';

/** What the source saw of one POST. */
export interface PostResult {
  /** `undefined` when no answer came. */
  status: number | undefined;
  /** The refusal's `detail` or `message`, or why no answer came. */
  detail: string;
  latencyMs: number;
}

export interface Poster {
  post(event: unknown): Promise<PostResult>;
  close(): void;
}

interface PosterOptions {
  /** Base URL of the API; events go to `/events`. */
  url: string;
  apiKey: string;
  connections: number;
  timeoutMs: number;
}

/** Posts events over kept connections, each exactly once: it never retries. */
export function createPoster({ url, apiKey, connections, timeoutMs }: PosterOptions): Poster {
  const endpoint = new URL(`${url}/events`);
  const secure = endpoint.protocol === 'https:';
  const agent = new (secure ? SecureAgent : Agent)({ keepAlive: true, maxSockets: connections });
  const send = secure ? secureRequest : request;

  function post(event: unknown): Promise<PostResult> {
    const body = Buffer.from(JSON.stringify(event));
    const startedMs = performance.now();
    const result = (status: number | undefined, detail: string) => {
      return { status, detail, latencyMs: performance.now() - startedMs };
    };
    return new Promise((resolve) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': body.byteLength,
        'x-api-key': apiKey,
      };
      const call = send(
        endpoint,
        { method: 'POST', agent, headers, timeout: timeoutMs },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => resolve(result(answer.statusCode, detailOf(chunks))));
          answer.on('error', (error) => resolve(result(undefined, error.message)));
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      call.on('error', (error: NodeJS.ErrnoException) =>
        resolve(result(undefined, error.message || (error.code ?? 'connection failed'))),
      );
      call.end(body);
    });
  }

  return { post, close: () => agent.destroy() };
}

function detailOf(chunks: Buffer[]): string {
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    const answer = JSON.parse(text) as { detail?: string; message?: string };
    return answer.detail ?? answer.message ?? '';
  } catch {
    return text.slice(0, 200);
  }
}

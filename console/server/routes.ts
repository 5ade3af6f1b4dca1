import type { IncomingMessage } from 'node:http';

/** A response with a whole body. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: string | Uint8Array;
}

/** A GET route beside the console's own, such as `/metrics`. It must change nothing. The console checks the host first. */
export interface ExtraRoute {
  path: string;
  handle(request: IncomingMessage): Promise<Reply>;
}

/** JSON as a reply. */
export function json(value: unknown, status = 200): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

/** The longest body: some ten thousand ids. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Reads a body of JSON; `undefined` for one that is too long or no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // The rest is read and dropped: a response to a body that is still sent would be lost.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

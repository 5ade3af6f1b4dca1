import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../lib/ports.ts';

export type ReadBody =
  | { type: 'complete'; bytes: Buffer }
  | { type: 'tooLarge' }
  /** The client went away before it had sent everything. */
  | { type: 'aborted' };

/** Whether a request says itself that its body is larger than `maxBytes`. */
export function declaresTooMuch({ headers }: Pick<IncomingMessage, 'headers'>, maxBytes: number) {
  return Number(headers['content-length'] ?? 0) > maxBytes;
}

/** Reads a body, and never keeps more than `maxBytes` of it. Never rejects. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (declaresTooMuch(request, maxBytes)) return { type: 'tooLarge' };
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > maxBytes) return { type: 'tooLarge' };
      chunks.push(chunk);
    }
  } catch {
    return { type: 'aborted' };
  }
  return { type: 'complete', bytes: Buffer.concat(chunks) };
}

/**
 * Lets a client finish sending what nobody wants to read, for at most ten seconds: a connection
 * that is closed while data still arrives is reset, and the client may lose the answer with it.
 */
export async function discardBody(request: IncomingMessage, clock: Clock): Promise<void> {
  const stop = new AbortController();
  request.resume();
  const sent = finished(request, { cleanup: true }).catch(() => {});
  await Promise.race([sent, clock.sleep(10_000, stop.signal)]);
  stop.abort('over');
}

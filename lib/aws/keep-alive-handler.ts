import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * A request handler that keeps its connections between calls and ends an attempt after a time.
 *
 * @param attemptTimeoutMs most time of one attempt, connection included, in milliseconds
 * @param maxConnections most connections at once
 */
export function keepAliveHandler(
  attemptTimeoutMs: number,
  maxConnections: number,
): NodeHttpHandler {
  const agent = { keepAlive: true, maxSockets: maxConnections };
  return new NodeHttpHandler({
    connectionTimeout: attemptTimeoutMs,
    requestTimeout: attemptTimeoutMs,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  });
}

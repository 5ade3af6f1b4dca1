import { randomBytes, randomUUID } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const XRAY_ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})/;
const ZEROS = '0'.repeat(32);

/**
 * The W3C trace id of an HTTP request: from `traceparent` (W3C Trace Context), else from the root of
 * `X-Amzn-Trace-Id` (X-Ray's id without its dashes), else a new one. Header names are lower case.
 */
export function traceIdOf(headers: Record<string, string | undefined>): string {
  const w3c = TRACEPARENT.exec(headers.traceparent ?? '')?.[1];
  if (w3c && w3c !== ZEROS) return w3c;
  const xray = XRAY_ROOT.exec(headers['x-amzn-trace-id'] ?? '');
  return xray ? `${xray[1]}${xray[2]}` : randomBytes(16).toString('hex');
}

/** A `traceparent` header for an outgoing call that continues the trace. */
export function traceparentOf(traceId: string): string {
  // A UUID is drawn from a cache of random bytes; its first 16 hex digits hold 60 random bits and are never all zero.
  const spanId = randomUUID().replaceAll('-', '').slice(0, 16);
  return `00-${traceId}-${spanId}-01`;
}

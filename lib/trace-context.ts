import { randomBytes, randomUUID } from 'node:crypto';

/** The place of an HTTP request in a trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 hex digits. */
  traceId: string;
  /** The caller's span, 16 hex digits; absent where the request names none. */
  parentSpanId?: string;
  /** The caller's W3C trace flags, 0 to 255; bit 0 is *sampled*. Absent where the request states none. */
  traceFlags?: number;
}

/** W3C trace flags of a span that is recorded. */
export const SAMPLED = 1;

/** Version 255 is invalid; later versions than 0 may have more fields. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const XRAY_ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/;
const XRAY_PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/;
const XRAY_SAMPLED = /(?:^|;)\s*Sampled=([01])(?:;|$)/;
const ZEROS = /^0+$/;

/**
 * The trace of an HTTP request: from `traceparent` (W3C Trace Context), else from `X-Amzn-Trace-Id` (X-Ray's root is a trace id with
 * dashes), else a new one. Header names are lower case.
 */
export function traceContextOf(headers: Record<string, string | undefined>): TraceContext {
  return (
    w3cContext(headers.traceparent ?? '') ??
    xrayContext(headers['x-amzn-trace-id'] ?? '') ?? { traceId: randomBytes(16).toString('hex') }
  );
}

/** A trace id or parent id of zeros is invalid, and so is the whole header then. */
function w3cContext(header: string): TraceContext | undefined {
  const [, traceId = '0', parentSpanId = '0', flags = ''] = TRACEPARENT.exec(header) ?? [];
  if (ZEROS.test(traceId) || ZEROS.test(parentSpanId)) return undefined;
  return { traceId, parentSpanId, traceFlags: Number.parseInt(flags, 16) };
}

function xrayContext(header: string): TraceContext | undefined {
  const root = XRAY_ROOT.exec(header);
  if (!root) return undefined;
  const parentSpanId = XRAY_PARENT.exec(header)?.[1];
  const sampled = XRAY_SAMPLED.exec(header)?.[1];
  return {
    traceId: `${root[1]}${root[2]}`,
    ...(parentSpanId && !ZEROS.test(parentSpanId) ? { parentSpanId } : {}),
    ...(sampled ? { traceFlags: Number(sampled) } : {}),
  };
}

/**
 * A `traceparent` header for an outgoing call that continues the trace.
 *
 * @param spanId the caller's span; a new one where absent
 * @param traceFlags those of the trace; *sampled* where absent
 */
export function traceparentOf(traceId: string, spanId = newSpanId(), traceFlags = SAMPLED): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** A UUID is drawn from a cache of random bytes; its first 16 hex digits hold 60 random bits and are never all zero. */
const newSpanId = () => randomUUID().replaceAll('-', '').slice(0, 16);

import type { LaneRecord } from './kinesis-event.ts';

/** Lambda's limit for the payload of a synchronous invocation, in bytes [DOC]. */
export const maximumPayloadBytes = 6 * 1024 * 1024;

const envelopeBytes = '{"Records":[]}'.length;

export type BatchDecision =
  /** Invoke with the first `count` records now. */
  | { type: 'close'; count: number; reason: 'size' | 'payload' | 'window' | 'shardEnd' }
  /** Decide again when records arrive, or after `ms` at the latest. */
  | { type: 'wait'; ms?: number }
  /** The shard ended and everything was taken. */
  | { type: 'drained' };

/** What a lane has, and what its batches are limited by. */
export interface BatchSituation {
  /** Buffered and not yet taken, in order. */
  pending: readonly LaneRecord[];
  /** No record will follow. */
  ended: boolean;
  nowMs: number;
  /** When the lane's former invocation ended, or the lane was opened. */
  windowStartedMs: number;
  batchSize: number;
  batchingWindowMs: number;
}

/**
 * Whether a lane's batch closes now: on size, on 6 MB of payload, on the window, whichever is first [DOC].
 * A single record is always taken, whatever its size.
 */
export function closeBatch(situation: BatchSituation): BatchDecision {
  const { pending, ended, nowMs, batchSize } = situation;
  const first = pending[0];
  if (first === undefined) return ended ? { type: 'drained' } : { type: 'wait' };
  const count = fittingCount(pending, batchSize);
  if (count === batchSize) return { type: 'close', count, reason: 'size' };
  if (count < pending.length) return { type: 'close', count, reason: 'payload' };
  if (ended) return { type: 'close', count, reason: 'shardEnd' };
  const endsMs = windowEndsMs(first.bufferedMs, situation);
  if (nowMs >= endsMs) return { type: 'close', count, reason: 'window' };
  return { type: 'wait', ms: endsMs - nowMs };
}

function fittingCount(pending: readonly LaneRecord[], batchSize: number): number {
  let bytes = envelopeBytes;
  let count = 0;
  for (const record of pending) {
    bytes += record.bytes + (count > 0 ? 1 : 0);
    if (count === batchSize || (count > 0 && bytes > maximumPayloadBytes)) break;
    count += 1;
  }
  return count;
}

/**
 * The end of the window the oldest pending record fell into. A window starts when the former
 * invocation ends [AWS]; one that ends empty is followed by the next at once (undocumented).
 */
function windowEndsMs(oldestBufferedMs: number, situation: BatchSituation): number {
  const { windowStartedMs, batchingWindowMs } = situation;
  if (batchingWindowMs === 0 || oldestBufferedMs < windowStartedMs) {
    return windowStartedMs + batchingWindowMs;
  }
  const elapsedWindows = Math.floor((oldestBufferedMs - windowStartedMs) / batchingWindowMs);
  return windowStartedMs + (elapsedWindows + 1) * batchingWindowMs;
}

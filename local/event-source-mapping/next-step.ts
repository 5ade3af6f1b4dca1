import type { LaneRecord } from './kinesis-event.ts';
import type { Verdict } from './verdict.ts';

/** Records that are invoked together: a batch, or what bisecting and partial responses left of one. */
export interface Segment {
  records: readonly LaneRecord[];
  /** Failed invocations of exactly these records that count against the retries. */
  attempts: number;
  /** Invocations of them in a row that never reached the function. */
  refusals: number;
}

export type Step =
  /** All of the segment is done. */
  | { type: 'settle' }
  /** `settled` are done; `segment` is due again. */
  | { type: 'retry'; settled: readonly LaneRecord[]; segment: Segment }
  /** Both halves are due, the left one first. */
  | { type: 'split'; left: Segment; right: Segment }
  /** The attempts have run out: the records go to the failure destination. */
  | { type: 'discard'; attempts: number; functionError: FunctionError };

/** `Unhandled` after a throw, a crash or a timeout, null after a reported failure [AWS]. */
export type FunctionError = 'Unhandled' | null;

export interface RetryRules {
  /** -1: without end. */
  maximumRetryAttempts: number;
  bisectBatchOnFunctionError: boolean;
}

/** A segment that has not been tried yet. */
export function freshSegment(records: readonly LaneRecord[]): Segment {
  return { records, attempts: 0, refusals: 0 };
}

/**
 * What follows an invocation.
 *
 * - N retries are N + 1 invocations; what never ran does not count [AWS, DOC].
 * - Progress through a partial response starts the count anew: what is left gets N + 1 of its own [AWS].
 * - A throw with bisect on halves the batch, left = floor(n / 2), at no cost in retries; a single record is
 *   retried until its attempts run out [DOC]. A reported failure cuts at the reported record instead [DOC].
 */
export function nextStep(segment: Segment, verdict: Verdict, rules: RetryRules): Step {
  const { records } = segment;
  switch (verdict.type) {
    case 'delivered':
      return { type: 'settle' };
    case 'notRun':
      return {
        type: 'retry',
        settled: [],
        segment: { ...segment, refusals: segment.refusals + 1 },
      };
    case 'reported':
      if (verdict.firstFailed === 0) return retryOrDiscard(segment, null, rules);
      return {
        type: 'retry',
        settled: records.slice(0, verdict.firstFailed),
        segment: freshSegment(records.slice(verdict.firstFailed)),
      };
    case 'failed':
      if (!rules.bisectBatchOnFunctionError || records.length === 1) {
        return retryOrDiscard(segment, 'Unhandled', rules);
      }
      return split(records);
  }
}

function split(records: readonly LaneRecord[]): Step {
  const middle = Math.floor(records.length / 2);
  return {
    type: 'split',
    left: freshSegment(records.slice(0, middle)),
    right: freshSegment(records.slice(middle)),
  };
}

function retryOrDiscard(segment: Segment, functionError: FunctionError, rules: RetryRules): Step {
  const attempts = segment.attempts + 1;
  const unlimited = rules.maximumRetryAttempts === -1;
  if (!unlimited && attempts > rules.maximumRetryAttempts) {
    return { type: 'discard', attempts, functionError };
  }
  return { type: 'retry', settled: [], segment: { ...segment, attempts, refusals: 0 } };
}

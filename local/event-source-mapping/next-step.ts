import type { InvokeResult } from '../lambda/invoke.ts';
import type { LaneRecord } from './kinesis-event.ts';

/** The meaning of an invocation's result for its batch. */
export type Verdict =
  | { type: 'delivered' }
  /** The function never ran. */
  | { type: 'notRun' }
  /** It threw, crashed or timed out. */
  | { type: 'failed' }
  /** It reported failures, or answered what cannot be understood: records from index `firstFailed` on are due again. */
  | { type: 'reported'; firstFailed: number };

/**
 * Judges a result. Without `ReportBatchItemFailures` the answer's value is not looked at.
 *
 * With it, the lowest reported sequence number is the checkpoint [AWS]; `null`, `{}`, `[]` and an empty or
 * null `batchItemFailures` are success, and an item that names no record of the batch fails the whole
 * batch [AWS for one record, DOC]. Any other shape (a text, a number) is undocumented; it fails the
 * batch too, because repeating is safer than losing.
 */
export function judge(
  result: InvokeResult,
  sequenceNumbers: readonly string[],
  reportBatchItemFailures: boolean,
): Verdict {
  if (!result.ok) {
    const ran = result.kind !== 'throttled' && result.kind !== 'unavailable';
    return { type: ran ? 'failed' : 'notRun' };
  }
  if (!reportBatchItemFailures) return { type: 'delivered' };
  const items = reportedItems(result.value);
  if (items === 'unreadable') return { type: 'reported', firstFailed: 0 };
  if (items.length === 0) return { type: 'delivered' };
  return { type: 'reported', firstFailed: lowestIndex(items, sequenceNumbers) };
}

function reportedItems(value: unknown): unknown[] | 'unreadable' {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return 'unreadable';
  if (Array.isArray(value)) return value.length === 0 ? [] : 'unreadable';
  const items = 'batchItemFailures' in value ? (value.batchItemFailures ?? []) : [];
  return Array.isArray(items) ? items : 'unreadable';
}

/** The index of the lowest reported record; 0, which is the whole batch, when any item is not one of it. */
function lowestIndex(items: readonly unknown[], sequenceNumbers: readonly string[]): number {
  const inBatch = new Set(sequenceNumbers);
  let lowest: string | undefined;
  for (const item of items) {
    const identifier = identifierOf(item);
    if (identifier === undefined || !inBatch.has(identifier)) return 0;
    if (lowest === undefined || BigInt(identifier) < BigInt(lowest)) lowest = identifier;
  }
  return sequenceNumbers.indexOf(lowest ?? '');
}

function identifierOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('itemIdentifier' in item)) return undefined;
  return typeof item.itemIdentifier === 'string' ? item.itemIdentifier : undefined;
}

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
 * Returns what follows an invocation.
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

interface AgeSplit {
  /** To be delivered, in order. */
  live: readonly LaneRecord[];
  /** Too old: each run of neighbours becomes one failure record (how AWS groups them is undocumented). */
  expiredRuns: LaneRecord[][];
}

/** Judges the age record by record: an expired one leaves, its neighbours stay [AWS]. A maximum of -1 keeps all. */
export function splitByAge(
  records: readonly LaneRecord[],
  nowMs: number,
  maximumRecordAgeSeconds: number,
): AgeSplit {
  if (maximumRecordAgeSeconds === -1) return { live: records, expiredRuns: [] };
  const live: LaneRecord[] = [];
  const expiredRuns: LaneRecord[][] = [];
  let run: LaneRecord[] | undefined;
  for (const record of records) {
    if (nowMs - record.arrivalMs <= maximumRecordAgeSeconds * 1000) {
      live.push(record);
      run = undefined;
    } else if (run) {
      run.push(record);
    } else {
      run = [record];
      expiredRuns.push(run);
    }
  }
  return { live, expiredRuns };
}

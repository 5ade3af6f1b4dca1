import { type LaneRecord, toEvent } from './kinesis-event.ts';
import type { FunctionError } from './next-step.ts';

/** Why records were given up. */
export type DiscardReason =
  | {
      condition: 'RetryAttemptsExhausted';
      /** The last invocation's. */
      requestId: string;
      functionError: FunctionError;
      attempts: number;
    }
  | { condition: 'RecordAgeExceeded'; requestId: string };

/** Records given up together: neighbours in one lane of one shard. */
export interface Discard {
  records: readonly LaneRecord[];
  shardId: string;
  reason: DiscardReason;
  /** When they were given up. */
  atMs: number;
}

/** What an SQS queue (and, with `payload`, an S3 bucket) is sent [AWS]. */
export interface FailureRecord {
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: DiscardReason['condition'];
    approximateInvokeCount: number;
  };
  /** Absent when the records' age ran out. */
  responseContext?: { statusCode: 200; executedVersion: '$LATEST'; functionError: FunctionError };
  version: '1.0';
  /** ISO 8601, UTC, milliseconds; as are the two arrivals. */
  timestamp: string;
  KinesisBatchInfo: {
    shardId: string;
    startSequenceNumber: string;
    endSequenceNumber: string;
    approximateArrivalOfFirstRecord: string;
    approximateArrivalOfLastRecord: string;
    batchSize: number;
    streamArn: string;
  };
  /** S3 only: the whole invocation event, as a JSON text. */
  payload?: string;
}

/** The body for SQS: metadata only, so the records must be read from the stream again [AWS]. */
export function failureRecord(
  discard: Discard,
  arns: { functionArn: string; streamArn: string },
): FailureRecord {
  const { records, reason } = discard;
  const first = records[0];
  const last = records.at(-1);
  if (!first || !last) throw new Error('a failure record needs at least one record');
  return {
    requestContext: {
      requestId: reason.requestId,
      functionArn: arns.functionArn,
      condition: reason.condition,
      approximateInvokeCount: invokeCount(reason),
    },
    ...responseContext(reason),
    version: '1.0',
    timestamp: isoTime(discard.atMs),
    KinesisBatchInfo: {
      shardId: discard.shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: isoTime(first.arrivalMs),
      approximateArrivalOfLastRecord: isoTime(last.arrivalMs),
      batchSize: records.length,
      streamArn: arns.streamArn,
    },
  };
}

/** The body for S3: the same plus the records themselves [AWS]. */
export function failureObject(
  discard: Discard,
  arns: { functionArn: string; streamArn: string },
): FailureRecord {
  return { ...failureRecord(discard, arns), payload: JSON.stringify(toEvent(discard.records)) };
}

/** `aws/lambda/<mapping uuid>/<shardId>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`, UTC; no prefix can be set [AWS]. */
export function failureObjectKey(
  discard: Discard,
  mappingUuid: string,
  objectUuid: string,
): string {
  const time = isoTime(discard.atMs);
  const day = time.slice(0, 10).replaceAll('-', '/');
  const second = time.slice(0, 19).replaceAll(':', '.');
  return `aws/lambda/${mappingUuid}/${discard.shardId}/${day}/${second}-${objectUuid}`;
}

/** After age expiry AWS reports 1, however often (or never) the function ran [AWS]. */
function invokeCount(reason: DiscardReason): number {
  return reason.condition === 'RecordAgeExceeded' ? 1 : reason.attempts;
}

function responseContext(reason: DiscardReason): Pick<FailureRecord, 'responseContext'> {
  if (reason.condition === 'RecordAgeExceeded') return {};
  const { functionError } = reason;
  return { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError } };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

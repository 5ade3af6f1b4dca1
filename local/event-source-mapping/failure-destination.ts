import { type LaneRecord, toEvent } from './kinesis-event.ts';
import type { FunctionError } from './next-step.ts';
import { type RetryContext, retryUntilStopped } from './retrying.ts';

/** The on-failure destination: an S3 bucket, to which the mapping writes the records that it gives up. */
export interface FailureDestination {
  putObject(key: string, body: string): Promise<void>;
}

/** The reason why records were given up. */
export type DiscardReason =
  | {
      condition: 'RetryAttemptsExhausted';
      /** The last invocation's. */
      requestId: string;
      functionError: FunctionError;
      attempts: number;
    }
  | {
      condition: 'RecordAgeExceeded';
      requestId: string;
      /** 0 when the records were too old before their first invocation. */
      attempts: number;
    };

/** Records given up together: neighbours in one lane of one shard. */
export interface Discard {
  records: readonly LaneRecord[];
  shardId: string;
  reason: DiscardReason;
  /** When they were given up. */
  atMs: number;
}

interface Sender extends RetryContext {
  settings: { uuid: string; functionArn: string; streamArn: string };
  newUuid: () => string;
  onRefused: (error: unknown) => void;
}

/**
 * Writes discarded records to the destination, under the same key at every attempt, and resolves with true. Resolves
 * with false when it is stopped before a write succeeds. The caller's checkpoint stays before the records until then;
 * AWS counts a delivery failure and goes on, which loses them.
 */
export function handOver(
  discard: Discard,
  destination: FailureDestination,
  sender: Sender,
): Promise<boolean> {
  const { settings, newUuid, onRefused } = sender;
  const key = failureObjectKey(discard, settings.uuid, newUuid());
  const body = JSON.stringify(failureObject(discard, settings));
  return retryUntilStopped(() => destination.putObject(key, body), onRefused, sender);
}

/** The body of a failure object [AWS]. */
export interface FailureObject {
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: DiscardReason['condition'];
    /** Failed invocations [AWS: 8 when the age ran out between retries]; 1 for records that were never delivered [AWS]. */
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
  /** The whole invocation event, as a JSON text. */
  payload: string;
}

/** Returns the body for S3: a description of the batch, and the records themselves [AWS]. */
export function failureObject(
  { records, reason, shardId, atMs }: Discard,
  { functionArn, streamArn }: { functionArn: string; streamArn: string },
): FailureObject {
  const first = records[0];
  const last = records.at(-1);
  if (!first || !last) throw new Error('a failure object needs at least one record');
  const { condition, requestId, attempts } = reason;
  const exhausted = condition === 'RetryAttemptsExhausted' ? reason : undefined;
  const approximateInvokeCount = Math.max(1, attempts);
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount },
    ...(exhausted && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: exhausted.functionError,
      },
    }),
    version: '1.0',
    timestamp: isoTime(atMs),
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: isoTime(first.arrivalMs),
      approximateArrivalOfLastRecord: isoTime(last.arrivalMs),
      batchSize: records.length,
      streamArn,
    },
    payload: JSON.stringify(toEvent(records)),
  };
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

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { BatchReport } from './batch-report.ts';
import type { TimeBudget } from './deliver-batch.ts';
import type { BatchInput, BatchRecord } from './delivery.ts';

/** Kept free at the end of an invocation for appending the last facts, in milliseconds. */
export const APPEND_RESERVE_MS = 5000;

/** How long the last append may take. */
const LAST_APPEND_MS = 2500;

/** The records of an invocation as the event source mapping hands them over: all of one shard. Pure. */
export function batchOf(event: KinesisStreamEvent): BatchInput {
  // `eventID` is `<shardId>:<sequenceNumber>`.
  const shardId = event.Records[0]?.eventID.split(':')[0] ?? '';
  const records: BatchRecord[] = event.Records.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    partitionKey: kinesis.partitionKey,
    data: Buffer.from(kinesis.data, 'base64'),
    arrivedAtMs: kinesis.approximateArrivalTimestamp * 1000,
  }));
  return { shardId, records };
}

/**
 * The ends of an invocation's time: the last call must have time to time out, and its fact to be appended, before the
 * function's deadline. Pure.
 */
export function timeBudget(
  nowMs: number,
  remainingMs: number,
  { TARGET_TIMEOUT_MS }: { TARGET_TIMEOUT_MS: number },
): TimeBudget {
  const deadlineMs = nowMs + remainingMs;
  return {
    stopAtMs: deadlineMs - TARGET_TIMEOUT_MS - APPEND_RESERVE_MS,
    appendUntilMs: deadlineMs - LAST_APPEND_MS,
  };
}

/** `ReportBatchItemFailures`: Lambda takes the lowest number as the checkpoint, so one is enough. Pure. */
export function batchResponse(
  report: Pick<BatchReport, 'lowestUnsettled'>,
): KinesisStreamBatchResponse {
  const { lowestUnsettled } = report;
  return {
    batchItemFailures: lowestUnsettled === undefined ? [] : [{ itemIdentifier: lowestUnsettled }],
  };
}

import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { BatchInput, BatchReport } from './deliver-batch.ts';
import type { BatchRecord } from './delivery.ts';

/** Kept free at the end of an invocation for appending the last facts, in milliseconds. */
const APPEND_RESERVE_MS = 5000;

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

/** When the last call may start, so that it can time out and its fact be appended before the function's deadline. Pure. */
export function stopAtMs(
  nowMs: number,
  remainingMs: number,
  { TARGET_TIMEOUT_MS }: { TARGET_TIMEOUT_MS: number },
): number {
  return nowMs + remainingMs - TARGET_TIMEOUT_MS - APPEND_RESERVE_MS;
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

import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';

/** One record of a batch, as the event source mapping hands it over. */
export interface BatchRecord {
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  /** When the stream took it, in milliseconds since the epoch. */
  arrivedAtMs: number;
}

/** What an invocation is about: records of one shard. */
export interface BatchInput {
  shardId: string;
  records: BatchRecord[];
}

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

/** `ReportBatchItemFailures`: Lambda takes the lowest number as the checkpoint, so one is enough. Pure. */
export function batchResponse({
  lowestUnsettled,
}: {
  lowestUnsettled: string | undefined;
}): KinesisStreamBatchResponse {
  return {
    batchItemFailures: lowestUnsettled === undefined ? [] : [{ itemIdentifier: lowestUnsettled }],
  };
}

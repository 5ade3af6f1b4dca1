import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { StreamRecord } from '../../lib/ports.ts';

/** A record on its way through a lane: its event form and what the decisions need, computed once. */
export interface LaneRecord {
  event: KinesisStreamRecord;
  sequenceNumber: string;
  arrivalMs: number;
  /** When it entered its lane's buffer. */
  bufferedMs: number;
  /** Bytes of `event` in the JSON payload. */
  bytes: number;
}

/** The settings that every record of an event carries. */
interface EventOrigin {
  streamArn: string;
  functionArn: string;
  region: string;
}

/** Returns the record as the function receives it [AWS], with its size in the payload. */
export function toLaneRecord(
  record: StreamRecord,
  origin: EventOrigin,
  bufferedMs: number,
): LaneRecord {
  const event = toEventRecord(record, origin);
  return {
    event,
    sequenceNumber: record.sequenceNumber,
    arrivalMs: record.approximateArrivalMs,
    bufferedMs,
    bytes: Buffer.byteLength(JSON.stringify(event)),
  };
}

/** Returns the invocation event of a batch. */
export function toEvent(records: readonly LaneRecord[]): KinesisStreamEvent {
  return { Records: records.map((record) => record.event) };
}

function toEventRecord(record: StreamRecord, origin: EventOrigin): KinesisStreamRecord {
  const { buffer, byteOffset, byteLength } = record.data;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      data: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
      approximateArrivalTimestamp: record.approximateArrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${record.shardId}:${record.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: roleOf(origin.functionArn),
    awsRegion: origin.region,
    eventSourceARN: origin.streamArn,
  };
}

/** `arn:aws:lambda:<region>:<account>:function:<name>` → `arn:aws:iam::<account>:role/<name>`. */
function roleOf(functionArn: string): string {
  const [, partition = 'aws', , , account = '', , name = 'function'] = functionArn.split(':');
  return `arn:${partition}:iam::${account}:role/${name}`;
}

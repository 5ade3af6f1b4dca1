import type { StreamRecord } from '../../lib/ports.ts';

/** One record as a Lambda function sees it [AWS]. */
export interface KinesisEventRecord {
  kinesis: {
    kinesisSchemaVersion: '1.0';
    partitionKey: string;
    sequenceNumber: string;
    /** Base64. */
    data: string;
    /** Unix seconds, with milliseconds as the fraction. */
    approximateArrivalTimestamp: number;
  };
  eventSource: 'aws:kinesis';
  eventVersion: '1.0';
  eventID: string;
  eventName: 'aws:kinesis:record';
  invokeIdentityArn: string;
  awsRegion: string;
  eventSourceARN: string;
}

/** The whole invocation event. */
export interface KinesisStreamEvent {
  Records: KinesisEventRecord[];
}

/** A record on its way through a lane: its event form and what the decisions need, computed once. */
export interface LaneRecord {
  event: KinesisEventRecord;
  sequenceNumber: string;
  arrivalMs: number;
  /** When it entered its lane's buffer. */
  bufferedMs: number;
  /** Bytes of `event` in the JSON payload. */
  bytes: number;
}

/** The settings a record carries. */
export interface EventOrigin {
  streamArn: string;
  functionArn: string;
  region: string;
  invokeIdentityArn?: string;
}

/** The record as the function will see it, with its size in the payload. */
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

/** The invocation event of a batch. */
export function toEvent(records: readonly LaneRecord[]): KinesisStreamEvent {
  return { Records: records.map((record) => record.event) };
}

function toEventRecord(record: StreamRecord, origin: EventOrigin): KinesisEventRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      data: base64(record.data),
      approximateArrivalTimestamp: record.approximateArrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${record.shardId}:${record.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: origin.invokeIdentityArn ?? defaultIdentity(origin.functionArn),
    awsRegion: origin.region,
    eventSourceARN: origin.streamArn,
  };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** `arn:aws:lambda:<region>:<account>:function:<name>` → `arn:aws:iam::<account>:role/<name>`. */
function defaultIdentity(functionArn: string): string {
  const [, partition = 'aws', , , account = '', , name = 'function'] = functionArn.split(':');
  return `arn:${partition}:iam::${account}:role/${name}`;
}

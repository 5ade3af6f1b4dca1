import { describe, expect, test } from 'vitest';
import {
  type Discard,
  failureObject,
  failureObjectKey,
} from '../../../local/event-source-mapping/failure-destination.ts';
import { toLaneRecord } from '../../../local/event-source-mapping/kinesis-event.ts';
import { settings } from './support.ts';

const record = (sequenceNumber: string, arrival: string) =>
  toLaneRecord(
    {
      shardId: 'shardId-000000000000',
      sequenceNumber,
      partitionKey: 'key',
      data: Buffer.from('hello'),
      approximateArrivalMs: Date.parse(arrival),
    },
    settings,
    0,
  );

const exhausted: Discard = {
  shardId: 'shardId-000000000000',
  records: [record('98', '2026-01-02T03:04:05.006Z'), record('100', '2026-01-02T03:04:07.000Z')],
  reason: {
    condition: 'RetryAttemptsExhausted',
    requestId: 'request-3',
    functionError: 'Unhandled',
    attempts: 3,
  },
  atMs: Date.parse('2026-01-02T13:14:15.016Z'),
};
const expired: Discard = {
  ...exhausted,
  reason: { condition: 'RecordAgeExceeded', requestId: 'uuid', attempts: 0 },
};

const batchInfo = {
  shardId: 'shardId-000000000000',
  startSequenceNumber: '98',
  endSequenceNumber: '100',
  approximateArrivalOfFirstRecord: '2026-01-02T03:04:05.006Z',
  approximateArrivalOfLastRecord: '2026-01-02T03:04:07.000Z',
  batchSize: 2,
  streamArn: settings.streamArn,
};

/** A failure object without its records. */
function descriptionOf(discard: Discard) {
  const { payload, ...description } = failureObject(discard, settings);
  return description;
}

describe('the failure object', () => {
  test('describes the batch', () => {
    expect(descriptionOf(exhausted)).toStrictEqual({
      requestContext: {
        requestId: 'request-3',
        functionArn: settings.functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      },
      version: '1.0',
      timestamp: '2026-01-02T13:14:15.016Z',
      KinesisBatchInfo: batchInfo,
    });
  });

  test('has a function error of null, present, after a reported failure', () => {
    const reported: Discard = {
      ...exhausted,
      reason: {
        ...exhausted.reason,
        condition: 'RetryAttemptsExhausted',
        functionError: null,
        attempts: 3,
      },
    };
    expect(JSON.stringify(failureObject(reported, settings))).toContain('"functionError":null');
  });

  test('has no response after the age ran out', () => {
    expect(descriptionOf(expired)).toStrictEqual({
      requestContext: {
        requestId: 'uuid',
        functionArn: settings.functionArn,
        condition: 'RecordAgeExceeded',
        approximateInvokeCount: 1,
      },
      version: '1.0',
      timestamp: '2026-01-02T13:14:15.016Z',
      KinesisBatchInfo: batchInfo,
    });
  });

  test('counts the invocations that were made before the age ran out', () => {
    const retried: Discard = {
      ...expired,
      reason: { condition: 'RecordAgeExceeded', requestId: 'uuid', attempts: 8 },
    };
    expect(failureObject(retried, settings).requestContext.approximateInvokeCount).toBe(8);
  });

  test('adds the whole invocation event as a JSON text', () => {
    const { payload } = failureObject(exhausted, settings);
    expect(JSON.parse(payload)).toStrictEqual({
      Records: exhausted.records.map(({ event }) => event),
    });
  });

  test('lies under the mapping, the shard and the day', () => {
    expect(failureObjectKey(exhausted, 'mapping', 'object')).toBe(
      'aws/lambda/mapping/shardId-000000000000/2026/01/02/2026-01-02T13.14.15-object',
    );
  });
});

describe('a record in the event', () => {
  test('has the shape AWS gives it', () => {
    expect(record('98', '2026-01-02T03:04:05.006Z').event).toStrictEqual({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: 'key',
        sequenceNumber: '98',
        data: 'aGVsbG8=',
        approximateArrivalTimestamp: 1767323045.006,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: 'shardId-000000000000:98',
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::123456789012:role/dispatch',
      awsRegion: 'eu-west-1',
      eventSourceARN: 'arn:aws:kinesis:eu-west-1:123456789012:stream/journal',
    });
  });

  test('carries only its own bytes when it is a view into a bigger buffer', () => {
    const whole = new TextEncoder().encode('--hello--');
    const lane = toLaneRecord(
      {
        shardId: 's',
        sequenceNumber: '1',
        partitionKey: 'k',
        data: whole.subarray(2, 7),
        approximateArrivalMs: 0,
      },
      settings,
      0,
    );
    expect(lane.event.kinesis.data).toBe('aGVsbG8=');
    expect(lane.bytes).toBe(JSON.stringify(lane.event).length);
  });
});

import type { KinesisStreamEvent } from 'aws-lambda';
import {
  createEventSourceMapping,
  type EventSourceMappingOptions,
} from '../../../local/event-source-mapping/event-source-mapping.ts';
import type { FailureObject } from '../../../local/event-source-mapping/failure-destination.ts';
import type { LaneRecord } from '../../../local/event-source-mapping/kinesis-event.ts';
import type { MappingEvent } from '../../../local/event-source-mapping/mapping-event.ts';
import type { EventSourceMappingSettings } from '../../../local/event-source-mapping/settings.ts';
import type { InvokeResult } from '../../../local/lambda/invoke.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createMemoryCheckpointStore } from '../../support/memory-checkpoint-store.ts';
import { InMemoryStream } from './in-memory-stream.ts';

export const settings: EventSourceMappingSettings = {
  uuid: '00000000-0000-4000-8000-00000000e501',
  streamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/journal',
  functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:dispatch',
  region: 'eu-west-1',
  batchSize: 10,
  batchingWindowMs: 0,
  parallelizationFactor: 1,
  maximumRetryAttempts: -1,
  maximumRecordAgeSeconds: -1,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: true,
  startingPosition: { type: 'TRIM_HORIZON' },
};

/** What a fake function answers: an `InvokeResult` without its request id. */
export type Answer =
  | { ok: true; value: unknown }
  | { ok: false; kind: 'error' | 'timeout' | 'crash' | 'throttled' | 'unavailable' };

export const success: Answer = { ok: true, value: null };
export const thrown: Answer = { ok: false, kind: 'error' };

/** A partial response that names these records. */
export function reporting(...sequenceNumbers: unknown[]): Answer {
  const batchItemFailures = sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier }));
  return { ok: true, value: { batchItemFailures } };
}

interface Invocation {
  atMs: number;
  sequenceNumbers: string[];
  event: KinesisStreamEvent;
}

interface Scenario extends Partial<Omit<EventSourceMappingOptions, 'settings' | 'invoke'>> {
  settings?: Partial<EventSourceMappingSettings>;
  stream?: InMemoryStream;
  clock?: ManualClock;
  /** Default: every invocation succeeds at once. */
  answer?: (sequenceNumbers: string[], invocation: number) => Answer | Promise<Answer>;
}

/** A mapping over fakes; nothing happens until it is started and the clock is moved. */
export function arrange(scenario: Scenario = {}) {
  const clock = scenario.clock ?? new ManualClock();
  const stream = scenario.stream ?? new InMemoryStream(clock);
  const checkpoints = scenario.checkpoints ?? createMemoryCheckpointStore();
  const answer = scenario.answer ?? (() => success);
  const invocations: Invocation[] = [];
  const events: MappingEvent[] = [];
  const invoke = async (event: KinesisStreamEvent): Promise<InvokeResult> => {
    const sequenceNumbers = event.Records.map((record) => record.kinesis.sequenceNumber);
    const requestId = `request-${invocations.push({ atMs: clock.now(), sequenceNumbers, event })}`;
    const given = await answer(sequenceNumbers, invocations.length);
    return given.ok
      ? { ...given, requestId }
      : { ...given, errorType: 'Error', errorMessage: given.kind, requestId };
  };
  const mapping = createEventSourceMapping({
    ...(scenario.destination ? { destination: scenario.destination } : {}),
    settings: { ...settings, ...scenario.settings },
    reader: scenario.reader ?? stream,
    invoke,
    checkpoints,
    clock,
    random: () => 1,
    newUuid: () => 'uuid',
    onEvent: (event) => events.push(event),
  });
  const batches = () => invocations.map((invocation) => invocation.sequenceNumbers);
  return { clock, stream, checkpoints, mapping, invocations, batches, events };
}

/** A bucket that keeps the objects it is sent. */
export function bucketDestination() {
  const objects: FailureObject[] = [];
  return {
    objects,
    putObject: async (_key: string, body: string) => {
      objects.push(JSON.parse(body));
    },
  };
}

export function laneRecord(sequenceNumber: number | string, more: Partial<LaneRecord> = {}) {
  const record = { sequenceNumber: String(sequenceNumber), arrivalMs: 0, bufferedMs: 0, bytes: 10 };
  return { ...record, event: {} as LaneRecord['event'], ...more };
}

export function position(sequenceNumber: string | undefined) {
  return {
    state: 'reading',
    position: { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber },
  };
}

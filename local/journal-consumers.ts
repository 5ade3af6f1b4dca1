import { systemClock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { createFileCheckpoints } from './delivery-stream/checkpoints.ts';
import { createDeliveryStream, type DeliveryStream } from './delivery-stream/delivery-stream.ts';
import { createFileCheckpointStore } from './event-source-mapping/checkpoint.ts';
import {
  createEventSourceMapping,
  type EventSourceMapping,
} from './event-source-mapping/event-source-mapping.ts';
import { noteMappingEvent } from './event-source-mapping/mapping-event.ts';
import type { LocalFunction } from './lambda/function.ts';
import { IDENTITY, NAMES, STREAM_ARN } from './layout.ts';

/** What every consumer of the journal is given. */
export interface ConsumerOptions {
  reader: StreamReader;
  checkpointsPath: string;
  settings: PipelineSettings;
  log: Log;
}

/** A function, as far as a mapping needs it. */
export type InvokedFunction = Pick<LocalFunction, 'functionArn' | 'invoke'>;

/** Dispatch never sees its own facts. */
const RECEIVED_ONLY = JSON.stringify({ data: { type: ['received'] } });

/** Creates the event source mapping from the journal to dispatch, with the settings that Terraform gives it. */
export function createDispatchMapping(
  options: ConsumerOptions & {
    dispatch: InvokedFunction;
    failures: ObjectStore;
    /** Pause after a read that found nothing; absent: the mapping's default. */
    pollIntervalMs?: number;
  },
): EventSourceMapping {
  const { dispatch, failures, settings, pollIntervalMs } = options;
  return createMapping('dispatch', dispatch, options, {
    settings: {
      uuid: NAMES.mappingUuid,
      batchSize: settings.dispatch_batch_size,
      batchingWindowMs: settings.dispatch_batching_window_seconds * 1000,
      parallelizationFactor: settings.dispatch_parallelization_factor,
      maximumRetryAttempts: settings.dispatch_maximum_retry_attempts,
      maximumRecordAgeSeconds: settings.dispatch_maximum_record_age_seconds,
      filterPatterns: [RECEIVED_ONLY],
      ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
    },
    destination: {
      putObject: (key, body) => failures.put(key, body, { contentType: 'application/json' }),
    },
  });
}

/**
 * Creates the event source mapping from the journal to the projection: every fact, at its own pace. Facts that it gives up
 * go nowhere, since the archive has them; a failures object would be taken for events that were not delivered.
 */
export function createProjectMapping(
  options: ConsumerOptions & { project: LocalFunction },
): EventSourceMapping {
  const { project, settings } = options;
  return createMapping('project', project, options, {
    settings: {
      uuid: NAMES.projectMappingUuid,
      batchSize: settings.project_batch_size,
      batchingWindowMs: settings.project_batching_window_seconds * 1000,
      parallelizationFactor: settings.project_parallelization_factor,
      maximumRetryAttempts: settings.project_maximum_retry_attempts,
      maximumRecordAgeSeconds: settings.project_maximum_record_age_seconds,
      // A source waits for the state of its event, and not for long; more often costs more than it brings.
      pollIntervalMs: 500,
    },
  });
}

type MappingOptions = Parameters<typeof createEventSourceMapping>[0];
type CommonSettings =
  | 'streamArn'
  | 'functionArn'
  | 'region'
  | 'bisectBatchOnFunctionError'
  | 'reportBatchItemFailures'
  | 'startingPosition';

function createMapping(
  name: string,
  { functionArn, invoke }: InvokedFunction,
  { reader, checkpointsPath, log }: ConsumerOptions,
  own: Pick<MappingOptions, 'destination'> & {
    settings: Omit<MappingOptions['settings'], CommonSettings>;
  },
): EventSourceMapping {
  return createEventSourceMapping({
    ...own,
    settings: {
      streamArn: STREAM_ARN,
      functionArn,
      region: IDENTITY.region,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      startingPosition: { type: 'TRIM_HORIZON' },
      ...own.settings,
    },
    reader,
    invoke,
    checkpoints: createFileCheckpointStore(checkpointsPath),
    clock: systemClock,
    onEvent: (event) => noteMappingEvent(`${name} mapping`, event, log),
  });
}

/** Creates the archive's delivery stream: Firehose, from the journal to S3. */
export function createArchiveDelivery(
  options: ConsumerOptions & { objects: ObjectStore },
): DeliveryStream {
  const { reader, objects, checkpointsPath, settings, log } = options;
  return createDeliveryStream({
    name: NAMES.deliveryStream,
    reader,
    objects,
    checkpoints: createFileCheckpoints(checkpointsPath),
    clock: systemClock,
    settings: {
      bufferIntervalMs: settings.archive_buffer_seconds * 1000,
      bufferBytes: settings.archive_buffer_mib * 1024 * 1024,
    },
    onError: (error) =>
      log.error('The archive delivery tries again', {
        error: messageOf(error),
        cause: messageOf(error.cause ?? ''),
      }),
  });
}

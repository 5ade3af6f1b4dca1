import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import {
  createEventSourceMapping,
  type EventSourceMapping,
} from './event-source-mapping/event-source-mapping.ts';
import { createFileCheckpointStore } from './event-source-mapping/file-checkpoint-store.ts';
import { noteMappingEvent } from './event-source-mapping/mapping-event.ts';
import type { LocalFunction } from './lambda/function.ts';
import { IDENTITY, NAMES, STREAM_ARN } from './layout.ts';

/** Dispatch never sees its own facts. */
const RECEIVED_ONLY = JSON.stringify({ data: { type: ['received'] } });

/** The event source mapping from the journal to dispatch, with the settings that Terraform gives it. */
export function createDispatchMapping(options: {
  reader: StreamReader;
  dispatch: LocalFunction;
  failures: ObjectStore;
  checkpointsPath: string;
  settings: PipelineSettings;
  log: Log;
}): EventSourceMapping {
  const { reader, dispatch, failures, checkpointsPath, settings, log } = options;
  return createEventSourceMapping({
    settings: {
      uuid: NAMES.mappingUuid,
      streamArn: STREAM_ARN,
      functionArn: dispatch.functionArn,
      region: IDENTITY.region,
      batchSize: settings.dispatch_batch_size,
      batchingWindowMs: settings.dispatch_batching_window_seconds * 1000,
      parallelizationFactor: settings.dispatch_parallelization_factor,
      maximumRetryAttempts: settings.dispatch_maximum_retry_attempts,
      maximumRecordAgeSeconds: settings.dispatch_maximum_record_age_seconds,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      startingPosition: { type: 'TRIM_HORIZON' },
      filterPatterns: [RECEIVED_ONLY],
    },
    reader,
    invoke: dispatch.invoke,
    destination: {
      putObject: (key, body) => failures.put(key, body, { contentType: 'application/json' }),
    },
    checkpoints: createFileCheckpointStore(checkpointsPath),
    clock: systemClock,
    onEvent: (event) => noteMappingEvent('dispatch mapping', event, log),
  });
}

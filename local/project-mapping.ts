import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
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

/**
 * The event source mapping from the journal to the projection: every fact, its own and nobody else's pace. What it gives up
 * goes nowhere, since the archive has it; a failures object would be taken for events that were not delivered.
 */
export function createProjectMapping(options: {
  reader: StreamReader;
  project: LocalFunction;
  checkpointsPath: string;
  settings: PipelineSettings;
  log: Log;
}): EventSourceMapping {
  const { reader, project, checkpointsPath, settings, log } = options;
  return createEventSourceMapping({
    settings: {
      uuid: NAMES.projectMappingUuid,
      streamArn: STREAM_ARN,
      functionArn: project.functionArn,
      region: IDENTITY.region,
      batchSize: settings.project_batch_size,
      batchingWindowMs: settings.project_batching_window_seconds * 1000,
      parallelizationFactor: settings.project_parallelization_factor,
      maximumRetryAttempts: settings.project_maximum_retry_attempts,
      maximumRecordAgeSeconds: settings.project_maximum_record_age_seconds,
      bisectBatchOnFunctionError: true,
      reportBatchItemFailures: true,
      startingPosition: { type: 'TRIM_HORIZON' },
      // Nobody waits for it as the target's pace waits for dispatch: it polls as seldom as AWS does.
      pollIntervalMs: 1000,
    },
    reader,
    invoke: project.invoke,
    checkpoints: createFileCheckpointStore(checkpointsPath),
    clock: systemClock,
    onEvent: (event) => noteMappingEvent('project mapping', event, log),
  });
}

/** How long a stop waits for the status table. */
const PATIENCE_MS = 3000;

/** A status table that does not answer holds nobody up: the next start projects the batch again. */
export async function stopProjection(
  projection: EventSourceMapping,
  project: LocalFunction,
): Promise<void> {
  const impatience = setTimeout(() => project.kill(), PATIENCE_MS);
  await projection.stop();
  clearTimeout(impatience);
}

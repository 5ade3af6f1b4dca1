import { systemClock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import type { StreamReader } from '../lib/ports.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { createFileCheckpoints } from './delivery-stream/checkpoints.ts';
import { createDeliveryStream, type DeliveryStream } from './delivery-stream/delivery-stream.ts';
import { NAMES } from './layout.ts';

/** The archive's delivery stream: Firehose, from the journal to S3. */
export function createArchiveDelivery(options: {
  reader: StreamReader;
  objects: ObjectStore;
  checkpointsPath: string;
  settings: PipelineSettings;
  log: Log;
}): DeliveryStream {
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

import type { ObjectStore } from '../../lib/object-store.ts';
import type { Clock, StreamReader } from '../../lib/ports.ts';
import type { DeliveryCheckpoints } from './checkpoints.ts';
import { DeliveryRun } from './delivery-run.ts';
import {
  checkDeliverySettings,
  type DeliverySettings,
  defaultDeliverySettings,
} from './delivery-settings.ts';
import type { DeliveryState } from './delivery-state.ts';

export interface DeliveryStreamOptions {
  /** Part of every object's name. */
  name: string;
  reader: StreamReader;
  objects: Pick<ObjectStore, 'put'>;
  checkpoints: DeliveryCheckpoints;
  clock: Clock;
  /** What is absent is as in `defaultDeliverySettings`. */
  settings?: Partial<DeliverySettings>;
  /** How long to wait once every shard is read to its tip. Default 1,000 ms. */
  pollIntervalMs?: number;
  /** Told of everything that fails and is tried again; `cause` is what was thrown. */
  onError: (error: Error) => void;
}

export interface DeliveryStream {
  /** Goes on from the checkpoints. Rejects when the shards cannot be listed or the checkpoints not be loaded. */
  start(): Promise<void>;
  /** Delivers all that is in the stream by now, without waiting for size or time; at once where it does not run. */
  flush(): Promise<void>;
  /**
   * Flushes and ends. Rejects, having ended all the same, when a part stayed undelivered after a few attempts:
   * the next start reads it again.
   */
  stop(): Promise<void>;
  state(): DeliveryState;
}

/**
 * Firehose's delivery from a Kinesis stream to S3, in one process: every shard from the start of the stream
 * (children of a split or merge too), joined into objects that close by size or by time, whichever comes first.
 *
 * At least once: a crash repeats records and loses none. While the store refuses, it is tried again for ever and reading
 * stops, so that memory stays bounded. Throws a `ConfigError` where AWS would refuse the settings.
 */
export function createDeliveryStream(options: DeliveryStreamOptions): DeliveryStream {
  const settings = { ...defaultDeliverySettings, ...options.settings };
  checkDeliverySettings(options.name, settings);
  let run = new DeliveryRun(options, settings);
  let isRunning = false;
  return {
    async start() {
      if (isRunning) return;
      run = new DeliveryRun(options, settings);
      await run.start();
      isRunning = true;
    },
    async flush() {
      if (isRunning) await run.flush();
    },
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      await run.stop();
    },
    state: () => ({ ...run.state(), running: isRunning }),
  };
}

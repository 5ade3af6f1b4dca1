import type { ObjectStore } from '../../lib/object-store.ts';
import type { Clock, StreamReader } from '../../lib/ports.ts';
import type { DeliveryCheckpoints } from './checkpoints.ts';
import { DeliveryRun } from './delivery-run.ts';
import {
  checkDeliverySettings,
  type DeliverySettings,
  defaultDeliverySettings,
} from './delivery-settings.ts';

export interface DeliveryStreamOptions {
  /** Part of every object's name. */
  name: string;
  reader: StreamReader;
  objects: Pick<ObjectStore, 'put'>;
  checkpoints: DeliveryCheckpoints;
  clock: Clock;
  /** What is absent is as in `defaultDeliverySettings`. */
  settings?: Partial<DeliverySettings>;
  /** Called with everything that fails and is tried again; `cause` is what was thrown. */
  onError: (error: Error) => void;
}

export interface DeliveryStream {
  /** Goes on from the checkpoints. Rejects when the shards cannot be listed or the checkpoints not be loaded. */
  start(): Promise<void>;
  /** Delivers all that is in the stream by now, without waiting for size or time; does nothing while it does not run. */
  flush(): Promise<void>;
  /**
   * Flushes and ends. Rejects, having ended all the same, when a part stayed undelivered after a few attempts:
   * the next start reads it again.
   */
  stop(): Promise<void>;
  /** Arrival of the oldest record that is read and not delivered, in milliseconds since the epoch; `undefined` for none. */
  oldestUndeliveredMs(): number | undefined;
}

/**
 * Creates Firehose's delivery from a Kinesis stream to S3: every shard from the start of the stream
 * (children of a split or merge too), joined into objects that close by size or by time, whichever comes first. The archive is
 * written by it, under the keys that Athena reads on AWS. Transformation, format conversion and other destinations are left out.
 *
 * At least once: a crash repeats records and loses none. While the store refuses, it is tried again without end and reading
 * stops, so that memory stays bounded.
 *
 * @throws ConfigError where AWS would refuse the settings
 */
export function createDeliveryStream(options: DeliveryStreamOptions): DeliveryStream {
  const settings = { ...defaultDeliverySettings, ...options.settings };
  checkDeliverySettings(options.name, settings);
  let running: DeliveryRun | undefined;
  return {
    async start() {
      if (running) return;
      const run = new DeliveryRun(options, settings);
      await run.start();
      running = run;
    },
    flush: async () => running?.flush(),
    async stop() {
      const run = running;
      running = undefined;
      await run?.stop();
    },
    oldestUndeliveredMs: () => running?.oldestUndeliveredMs,
  };
}

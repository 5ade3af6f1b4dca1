import { gunzipSync } from 'node:zlib';
import {
  createDeliveryStream,
  type DeliveryStreamOptions,
} from '../../../local/delivery-stream/delivery-stream.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { FakeStream } from './fake-stream.ts';

/** An object store in memory that can refuse. */
class FakeObjects {
  readonly stored = new Map<string, Uint8Array>();
  readonly attempts: string[] = [];
  refuses: Error | undefined;

  async put(key: string, body: Uint8Array | string): Promise<void> {
    this.attempts.push(key);
    if (this.refuses) throw this.refuses;
    this.stored.set(key, Buffer.from(body));
  }

  get keys(): string[] {
    return [...this.stored.keys()];
  }

  /** The lines of every object, in the order in which they were put. */
  get lines(): string[] {
    return [...this.stored.values()].flatMap((body) =>
      gunzipSync(body).toString().trimEnd().split('\n'),
    );
  }
}

class FakeCheckpoints {
  readonly saved: Record<string, string>;

  constructor(saved: Record<string, string> = {}) {
    this.saved = saved;
  }

  async load(shardId: string): Promise<string | undefined> {
    return this.saved[shardId];
  }

  async save(positions: Record<string, string>): Promise<void> {
    Object.assign(this.saved, positions);
  }
}

export const POLL_MS = 1_000;
export const INTERVAL_MS = 60_000;
export const MIB = 1024 * 1024;

/** A stream of two shards at 13:30 on 5 March 2026, and what delivers it. */
export function setUp(options: Partial<DeliveryStreamOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 2, 5, 13, 30));
  const stream = new FakeStream(clock, ['shard-0', 'shard-1']);
  const objects = new FakeObjects();
  const checkpoints = new FakeCheckpoints();
  const errors: string[] = [];
  const { settings, ...rest } = options;
  const create = () =>
    createDeliveryStream({
      name: 'journal-archive',
      ...{ reader: stream, objects, checkpoints, clock },
      settings: { bufferBytes: MIB, bufferIntervalMs: INTERVAL_MS, ...settings },
      onError: (error) => errors.push(error.message),
      ...rest,
    });
  return { clock, stream, objects, checkpoints, errors, create, delivery: create() };
}

/** Lets the event loop turn until the condition holds: compression runs in threads, which no clock controls. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 100_000) throw new Error('it does not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

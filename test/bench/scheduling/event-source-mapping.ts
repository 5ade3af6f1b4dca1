import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { Shard } from '../../../lib/ports.ts';
import { startableShards } from '../../../local/event-source-mapping/mapping-run.ts';
import type { InvocationResult } from './environment.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import type { Services } from './services.ts';
import { batchSizeOf, between } from './setup.ts';

/** An empty shard is read once a second. */
const POLL_MS = 1000;

/** Overhead of an invocation, before and after it, in milliseconds. */
const OVERHEAD_MS = { min: 2.5, max: 10 };

/** Wait before a batch that crashed is delivered again, in milliseconds. */
const RETRY_MS = { min: 100, max: 500 };

/**
 * An event source mapping as AWS documents it: one batch in flight per lane, bisected after a crash, delivered again from the lowest
 * unsettled record, and children of a resharding read after their parents.
 */
export class EventSourceMapping {
  /** Records that are done. */
  settled = 0;
  readonly #services: Services;
  readonly #pool: EnvironmentPool;
  readonly #batchSize: number;
  readonly #finished = new Set<string>();
  readonly #started = new Set<string>();

  constructor(services: Services, pool: EnvironmentPool) {
    this.#services = services;
    this.#pool = pool;
    this.#batchSize = batchSizeOf(services.setup);
  }

  /** Runs for ever; rejects when an invocation does. */
  async run(): Promise<void> {
    const startable = startableShards(this.#services.stream.shards, (shardId) => {
      if (this.#finished.has(shardId)) return 'finished';
      return this.#started.has(shardId) ? 'reading' : 'waiting';
    });
    for (const { shardId } of startable) this.#started.add(shardId);
    await Promise.all(startable.map((shard) => this.#runShard(shard)));
  }

  async #runShard(shard: Shard): Promise<void> {
    const { random, setup, time } = this.#services;
    await time.sleep(random() * POLL_MS);
    const lanes = Array.from({ length: setup.parallelizationFactor }, (_, lane) => lane);
    await Promise.all(lanes.map((lane) => this.#runLane(shard, lane)));
    this.#finished.add(shard.shardId);
    await this.run();
  }

  /** Delivers batch after batch; ends when a closed shard is drained. */
  async #runLane(shard: Shard, lane: number): Promise<void> {
    const { stream, time } = this.#services;
    const queue = stream.queueOf(shard, lane);
    for (;;) {
      if (queue.length > 0) await this.#deliver(shard, lane, queue.splice(0, this.#batchSize));
      else if (shard.closed) return;
      else await time.sleep(POLL_MS);
    }
  }

  /** Delivers a batch and what bisecting and partial responses leave of it. */
  async #deliver(shard: Shard, lane: number, batch: BatchRecord[]): Promise<void> {
    const { random, time } = this.#services;
    const due = [batch];
    for (let records = due.pop(); records; records = due.pop()) {
      const result = await this.#invoke(shard, lane, records);
      if (result.kind === 'crashed') {
        due.push(...halves(records));
        await time.sleep(between(random, RETRY_MS));
        continue;
      }
      const left = unsettled(records, result.lowestUnsettled);
      this.settled += records.length - left.length;
      if (left.length > 0) due.push(left);
    }
  }

  async #invoke(shard: Shard, lane: number, records: BatchRecord[]): Promise<InvocationResult> {
    const { random, time } = this.#services;
    const { shardId } = shard;
    await time.sleep(between(random, OVERHEAD_MS));
    const env = await this.#pool.acquire(`${shardId}/${lane}`);
    const result = await env.invoke({ shardId, records });
    this.#pool.release(env);
    await time.sleep(between(random, OVERHEAD_MS));
    return result;
  }
}

/** The halves of a batch, right one first: the last one is delivered next. */
function halves(records: BatchRecord[]): BatchRecord[][] {
  const middle = Math.floor(records.length / 2);
  return middle === 0 ? [records] : [records.slice(middle), records.slice(0, middle)];
}

function unsettled(records: BatchRecord[], lowest: string | undefined): BatchRecord[] {
  if (lowest === undefined) return [];
  return records.slice(records.findIndex(({ sequenceNumber }) => sequenceNumber === lowest));
}

import type { BatchInput } from '../kinesis-batch.ts';

/** Between two batches of a busy shard lies less than this; a crash and what follows it takes longer. */
const CONTINUOUS_MS = 2000;

interface ShardService {
  endedAtMs: number;
  /** How many more records a crashed environment may have had in its batch. */
  left: number;
  /** Only records that had arrived by then can have been in it. */
  arrivedByMs: number;
  /** Records up to here have been judged. */
  judgedTo: bigint;
}

/**
 * Tells which records an environment that crashed may have sent: Lambda does not say which delivery this is.
 *
 * A batch that crashed began where this environment's first batch of the shard begins, and had at most a batch's worth of
 * records; after bisecting, they come in several batches. So, whenever this environment takes a shard over — it has
 * not served it yet, or not for a while — the first batch's worth of records is suspect, as far as they had arrived by then.
 */
export class CrashSuspicion {
  readonly #batchSize: number;
  readonly #shards = new Map<string, ShardService>();

  /** @param batchSize the most records that a batch has */
  constructor(batchSize: number) {
    this.#batchSize = batchSize;
  }

  /** The sequence numbers of those records of a batch that may have been sent. Each record is judged once, at its first delivery. */
  suspectsOf({ shardId, records }: BatchInput, nowMs: number): Set<string> {
    const service = this.#serviceOf(shardId, nowMs);
    const suspects = new Set<string>();
    for (const { sequenceNumber, arrivedAtMs } of records) {
      const number = BigInt(sequenceNumber);
      if (number <= service.judgedTo) continue;
      service.judgedTo = number;
      if (service.left === 0) continue;
      service.left -= 1;
      if (arrivedAtMs <= service.arrivedByMs) suspects.add(sequenceNumber);
    }
    return suspects;
  }

  ended(shardId: string, nowMs: number): void {
    const service = this.#shards.get(shardId);
    if (service) service.endedAtMs = nowMs;
  }

  #serviceOf(shardId: string, nowMs: number): ShardService {
    const known = this.#shards.get(shardId);
    if (known && nowMs - known.endedAtMs <= CONTINUOUS_MS) return known;
    const service = {
      endedAtMs: nowMs,
      left: this.#batchSize,
      // After a rest, what has just come was not there for anybody else.
      arrivedByMs: known ? nowMs - CONTINUOUS_MS : Number.POSITIVE_INFINITY,
      judgedTo: known?.judgedTo ?? -1n,
    };
    this.#shards.set(shardId, service);
    return service;
  }
}

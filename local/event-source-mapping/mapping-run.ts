import { Bell } from './bell.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { LaneState } from './lane.ts';
import { retryBackoffMs } from './retry-backoff.ts';
import { type ShardStatus, startableShards } from './shard-plan.ts';
import { createShardPositions, type ShardPositions } from './shard-positions.ts';
import { type RunContext, ShardRun } from './shard-run.ts';

/** One shard as the operator sees it. */
export interface ShardState {
  shardId: string;
  /** `waiting`: for its parents to be drained. */
  status: ShardStatus;
  /** Empty unless it is being read. */
  lanes: LaneState[];
  /** Everything up to here is settled; the saved one may lag behind by a write. */
  checkpoint: Checkpoint;
  /** Records in running invocations. */
  inFlight: number;
  /** The most counted attempts any lane's records in hand have failed. */
  retries: number;
  millisBehindLatest: number;
  /** Age of the oldest record read and not yet settled; 0 when there is none. */
  iteratorAgeMs: number;
}

interface KnownShard {
  status: ShardStatus;
  checkpoint: Checkpoint;
  run?: ShardRun;
}

/** A mapping from one start to the stop after it. */
export class MappingRun {
  readonly #context: RunContext;
  readonly #stop = new AbortController();
  readonly #known = new Map<string, KnownShard>();
  readonly #runs: Promise<void>[] = [];
  /** Rings when a shard has finished, and when stopping. */
  readonly #changed = new Bell();
  /** A shard has finished since the shards were last listed. */
  #stale = false;
  #discovery: Promise<void> = Promise.resolve();

  constructor(context: Omit<RunContext, 'stop'>) {
    this.#context = { ...context, stop: this.#stop.signal };
  }

  async start(): Promise<void> {
    const { checkpoints, clock, settings } = this.#context;
    const positions = await createShardPositions(checkpoints, settings.startingPosition, clock);
    this.#discovery = this.#discoverInsistently(positions);
    await this.#discovery;
    this.#discovery = this.#watch(positions);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#changed.ring();
    await this.#discovery;
    await Promise.all(this.#runs);
  }

  state(): ShardState[] {
    return [...this.#known]
      .map(([shardId, shard]) => shardState(shardId, shard))
      .sort((a, b) => (a.shardId < b.shardId ? -1 : 1));
  }

  async #watch(positions: ShardPositions): Promise<void> {
    const { clock, settings, stop } = this.#context;
    while (!stop.aborted) {
      if (!this.#stale) await this.#changed.heardWithin(settings.shardRefreshMs ?? 1000, clock);
      this.#stale = false;
      await this.#discoverInsistently(positions);
    }
  }

  async #discoverInsistently(positions: ShardPositions): Promise<void> {
    const { clock, random, stop, onEvent } = this.#context;
    for (let failures = 1; !stop.aborted; failures += 1) {
      try {
        return await this.#discover(positions);
      } catch (error) {
        onEvent({ type: 'discoveryFailed', error });
        await clock.sleep(retryBackoffMs(failures, random), stop);
      }
    }
  }

  async #discover(positions: ShardPositions): Promise<void> {
    const shards = await this.#context.reader.listShards();
    const unknown = shards.map(({ shardId }) => shardId).filter((id) => !this.#known.has(id));
    for (const [shardId, checkpoint] of await positions.checkpointsOf(unknown)) {
      const status = checkpoint.state === 'finished' ? 'finished' : 'waiting';
      this.#known.set(shardId, { status, checkpoint });
    }
    if (this.#context.stop.aborted) return;
    const statusOf = (shardId: string) => this.#known.get(shardId)?.status ?? 'waiting';
    for (const { shardId } of startableShards(shards, statusOf)) this.#begin(shardId);
  }

  #begin(shardId: string): void {
    const shard = this.#known.get(shardId);
    if (!shard || shard.checkpoint.state === 'finished') return;
    const run = new ShardRun(shardId, shard.checkpoint.position, this.#context);
    shard.run = run;
    shard.status = 'reading';
    this.#context.onEvent({ type: 'shardStarted', shardId });
    this.#runs.push(run.run().then((drained) => (drained ? this.#finish(shardId) : undefined)));
  }

  #finish(shardId: string): void {
    this.#known.set(shardId, { status: 'finished', checkpoint: { state: 'finished' } });
    this.#context.onEvent({ type: 'shardFinished', shardId });
    this.#stale = true;
    this.#changed.ring();
  }
}

const idle = { lanes: [], millisBehindLatest: 0, iteratorAgeMs: 0 };

function shardState(shardId: string, { status, checkpoint, run }: KnownShard): ShardState {
  const progress = { ...idle, checkpoint, ...(status === 'reading' ? run?.progress : undefined) };
  return {
    shardId,
    status,
    ...progress,
    inFlight: progress.lanes.reduce((sum, lane) => sum + lane.inFlight, 0),
    retries: Math.max(0, ...progress.lanes.map((lane) => lane.retries)),
  };
}

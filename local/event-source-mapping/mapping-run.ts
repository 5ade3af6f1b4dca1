import type { Shard } from '../../lib/ports.ts';
import { Bell } from '../bell.ts';
import type { Checkpoint } from './checkpoint.ts';
import { retryUntilStopped } from './retrying.ts';
import { type RunContext, ShardRun } from './shard-run.ts';

/** `waiting`: its parents are not drained yet. */
type ShardStatus = 'waiting' | 'reading' | 'finished';

interface KnownShard {
  status: ShardStatus;
  checkpoint: Checkpoint;
}

/** The key under which the store remembers that the mapping has been created, and where it began. */
const CREATION_KEY = '$created';

/** How often new shards are looked for; a drained shard makes the mapping look at once. */
const SHARD_REFRESH_MS = 1000;

/**
 * A mapping from one start to the stop after it: finds the shards, and reads each from its checkpoint once its parents are
 * finished.
 *
 * At the first start all listed shards get the starting position, saved before anything is read;
 * `LATEST` is saved as the time of that start, so that no event after it is lost however soon the process
 * restarts. A shard that appears later was born of a split or a merge and is read from its beginning.
 */
export class MappingRun {
  readonly #context: RunContext;
  readonly #stop = new AbortController();
  readonly #known = new Map<string, KnownShard>();
  readonly #runs: Promise<void>[] = [];
  /** Rings when a shard has finished, and when stopping. */
  readonly #changed = new Bell();
  /** A shard has finished since the shards were last listed. */
  #stale = false;
  /** The checkpoint of the shards of the first start, until it is saved for all of them. */
  #initial: Checkpoint | undefined;
  #discovery: Promise<void> = Promise.resolve();

  constructor(context: Omit<RunContext, 'stop'>) {
    this.#context = { ...context, stop: this.#stop.signal };
  }

  async start(): Promise<void> {
    const { checkpoints, clock, settings } = this.#context;
    const { startingPosition: starting } = settings;
    if (!(await checkpoints.load(CREATION_KEY)))
      this.#initial = {
        state: 'reading',
        position:
          starting.type === 'LATEST'
            ? { type: 'AT_TIMESTAMP', timestampMs: clock.now() }
            : starting,
      };
    this.#discovery = this.#discoverInsistently();
    await this.#discovery;
    this.#discovery = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#changed.ring();
    await this.#discovery;
    await Promise.all(this.#runs);
  }

  async #watch(): Promise<void> {
    const { clock, stop } = this.#context;
    while (!stop.aborted) {
      if (!this.#stale) await this.#changed.heardWithin(SHARD_REFRESH_MS, clock);
      this.#stale = false;
      await this.#discoverInsistently();
    }
  }

  async #discoverInsistently(): Promise<void> {
    const { stop, onEvent } = this.#context;
    if (stop.aborted) return;
    const onFailure = (error: unknown) => onEvent({ type: 'discoveryFailed', error });
    await retryUntilStopped(() => this.#discover(), onFailure, this.#context);
  }

  async #discover(): Promise<void> {
    const shards = await this.#context.reader.listShards();
    const unknown = shards.map(({ shardId }) => shardId).filter((id) => !this.#known.has(id));
    for (const [shardId, checkpoint] of await this.#checkpointsOf(unknown)) {
      const status = checkpoint.state === 'finished' ? 'finished' : 'waiting';
      this.#known.set(shardId, { status, checkpoint });
    }
    if (this.#context.stop.aborted) return;
    const statusOf = (shardId: string) => this.#known.get(shardId)?.status ?? 'waiting';
    for (const { shardId } of startableShards(shards, statusOf)) this.#begin(shardId);
  }

  /** Returns the checkpoint of each shard; the first call ever must name all shards there are. */
  async #checkpointsOf(shardIds: readonly string[]): Promise<Map<string, Checkpoint>> {
    const { checkpoints } = this.#context;
    const initial = this.#initial;
    const found = new Map<string, Checkpoint>();
    for (const shardId of shardIds) {
      const saved = await checkpoints.load(shardId);
      if (!saved && initial) await checkpoints.save(shardId, initial);
      found.set(
        shardId,
        saved ?? initial ?? { state: 'reading', position: { type: 'TRIM_HORIZON' } },
      );
    }
    if (initial) await checkpoints.save(CREATION_KEY, initial);
    this.#initial = undefined;
    return found;
  }

  #begin(shardId: string): void {
    const shard = this.#known.get(shardId);
    if (!shard || shard.checkpoint.state === 'finished') return;
    const run = new ShardRun(shardId, shard.checkpoint.position, this.#context);
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

/**
 * Returns the shards to start now: those waiting whose parents are finished. A parent that is not listed
 * (any more) is past retention and holds nothing back.
 */
export function startableShards(
  shards: readonly Shard[],
  statusOf: (shardId: string) => ShardStatus,
): Shard[] {
  const listed = new Set(shards.map((shard) => shard.shardId));
  return shards.filter(
    (shard) =>
      statusOf(shard.shardId) === 'waiting' &&
      shard.parentShardIds.every((id) => !listed.has(id) || statusOf(id) === 'finished'),
  );
}

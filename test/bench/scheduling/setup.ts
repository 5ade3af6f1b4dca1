import { batchSizeFor } from '../../../local/effective-settings.ts';
import type { Random } from '../../../local/target/gate.ts';
import type { LimitAlgorithm } from '../../../local/target/limiters.ts';
import type { AssignmentPolicy } from './environment-pool.ts';
import type { Stalls } from './environment-process.ts';

/**
 * A shard at the start: its parents by index, and its share of the events as a weight. A shard that is a parent is closed: it holds a backlog,
 * and no live event arrives in it.
 */
export interface ShardSetup {
  parents: number[];
  weight: number;
}

/** A time in which something does not work, in milliseconds from the start. */
export interface Outage {
  fromMs: number;
  toMs: number;
  /** Only for environments that serve this shard, by index. */
  shard?: number;
}

/** All that a simulation depends on, but for its seed. */
export interface Setup {
  /** The configured rate of dispatch. */
  ratePerSecond: number;
  /** The rate that the target enforces. */
  limitPerSecond: number;
  limitAlgorithm: LimitAlgorithm;
  uniqueIds: boolean;
  shards: ShardSetup[];
  parallelizationFactor: number;
  environments: number;
  policy: AssignmentPolicy;
  events: number;
  /** Events per second that arrive; `undefined` for a backlog that waits at the start. */
  loadPerSecond: number | undefined;
  /** Each environment's clock is off by up to this, either way. */
  skewMs: number;
  /** Latency to the target and back, each way: from `latencyMs` to `latencyMs + jitterMs`. */
  latencyMs: number;
  jitterMs: number;
  stalls: Stalls;
  /** Environments that crash in the middle of an invocation, one after the other. */
  crashes: number;
  /** Time at which a deployment replaces all environments, in milliseconds from the start. */
  deployAtMs: number | undefined;
  storeOutage: Outage | undefined;
}

export const DEFAULT_SETUP: Omit<Setup, 'limitPerSecond'> = {
  ratePerSecond: 100,
  limitAlgorithm: 'sliding-window',
  uniqueIds: true,
  shards: openShards(1),
  parallelizationFactor: 1,
  environments: 2,
  policy: 'random',
  events: 6000,
  loadPerSecond: undefined,
  skewMs: 1,
  latencyMs: 2,
  jitterMs: 2,
  stalls: { everyMs: 20_000, upToMs: 30 },
  crashes: 0,
  deployAtMs: undefined,
  storeOutage: undefined,
};

/** Fills in what a scenario does not say. */
export function setupOf(of: Partial<Setup>): Setup {
  const setup = { ...DEFAULT_SETUP, ...of };
  return { ...setup, limitPerSecond: of.limitPerSecond ?? setup.ratePerSecond };
}

/** Returns `count` open shards with an equal share of the events. */
export function openShards(count: number): ShardSetup[] {
  return Array.from({ length: count }, () => ({ parents: [], weight: 1 }));
}

/** Most records of a batch, from the shards that are open at the start. */
export function batchSizeOf(setup: Setup): number {
  return batchSizeFor({
    ratePerSecond: setup.ratePerSecond,
    lanes: lanesOf(setup),
    timeoutSeconds: 120,
  });
}

/** Lanes of the shards that are open at the start. */
export function lanesOf({ parallelizationFactor, shards }: Setup): number {
  const parents = new Set(shards.flatMap((shard) => shard.parents));
  return (shards.length - parents.size) * parallelizationFactor;
}

export interface Range {
  min: number;
  max: number;
}

export const between = (random: Random, { min, max }: Range): number =>
  min + random() * (max - min);

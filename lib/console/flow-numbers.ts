import type { AttemptOutcome, DeadLetterReason } from '../event/fact.ts';
import type { DispatchState } from '../ports.ts';

/** A number of objects or events, counted up to some limit. */
export interface Count {
  count: number;
  /** False when there are more. */
  isAll: boolean;
}

/** The counts that are kept for each second. */
export const SERIES = [
  'received',
  'delivered',
  'deferred',
  'deadLettered',
  'attempts',
  'throttled',
] as const;

export type SeriesName = (typeof SERIES)[number];

/** Counts per second, oldest first. */
export interface FlowSeries {
  /** The first second, in Unix seconds. */
  fromSecond: number;
  values: Record<SeriesName, number[]>;
}

/** Counts of deduplicated facts, from a time on. */
export interface FlowCounts {
  received: number;
  replayed: number;
  delivered: number;
  deferred: number;
  deadLettered: number;
  deadLetteredByReason: Partial<Record<DeadLetterReason, number>>;
  dismissed: number;
  attempts: Partial<Record<AttemptOutcome, number>>;
}

/** Milliseconds from the receipt of an event to the end of the call that delivered it, of events that were not parked or replayed. */
export interface FlowLatency {
  p50: number;
  p99: number;
  /** Number of events behind them. */
  events: number;
}

/** One shard of the journal, which one or more lanes serve. */
export interface ShardNumbers {
  shardId: string;
  receivedPerSecond: number;
  deliveredPerSecond: number;
  /** Deliveries without an end. */
  waiting: number;
  /** Age of the oldest of them, in milliseconds. */
  lagMs: number;
}

/** Rates in events or calls per second. */
export interface RateNumbers {
  /** The rate that dispatch was deployed with. `null` where it cannot be read. */
  allowed: number | null;
  /** A lower limit that dispatch has met; `null` where none is known. */
  learned: { ratePerSecond: number; metAtRate: number; sinceMs: number; holdMs: number } | null;
  /** No call starts before this, because the target asked for it; 0 for no such wait. In milliseconds since the epoch. */
  pausedUntilMs: number;
  /** Lanes of dispatch for each shard. */
  lanesPerShard: number;
}

/** Health of the target by the rule of dispatch, applied to the attempts that facts hold. */
export interface TargetNumbers {
  state: 'well' | 'closed' | 'sick';
  sinceMs: number | null;
  lastSuccessMs: number | null;
  lastFailureMs: number | null;
  /** Code and message of the last failure. */
  lastFailure: string | null;
}

/** Objects in the stores beside the journal. `null` where there is no such store, or it cannot be read. */
export interface StoreNumbers {
  spilled: Count | null;
  parked: (Count & { nextDueMs: number | null }) | null;
  /** Batches that Lambda gave up. */
  givenUp: Count | null;
  /** Dead letters that are neither dismissed nor delivered since. */
  openDeadLetters: Count | null;
  /** Time of the newest object of the archive. */
  archivedMs: number | null;
}

/** The numbers of a running pipeline, at one time. Times are in milliseconds since the epoch. */
export interface FlowNumbers {
  atMs: number;
  /** The counts begin here. */
  sinceMs: number;
  /** Means of the last five whole seconds. */
  perSecond: Record<SeriesName, number>;
  counts: FlowCounts;
  series: FlowSeries;
  latency: FlowLatency | null;
  /** Deliveries that dispatch may still make, and the age of the oldest. */
  backlog: Count & { lagMs: number };
  shards: ShardNumbers[];
  rate: RateNumbers;
  /** Tells whether dispatch takes events from the journal, and since when. `null` where it cannot be read. */
  dispatch: { state: DispatchState; changedAtMs: number } | null;
  target: TargetNumbers;
  stores: StoreNumbers;
  /** Sources that could not be read, for people. */
  problems: string[];
}

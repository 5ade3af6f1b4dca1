import type { DispatchConfig } from '../config.ts';
import type { Log } from '../log.ts';
import type { Clock, Journal, ParkingStore, SendNotes, Target } from '../ports.ts';
import type { CallLimiter } from './call-limiter.ts';
import type { GroupSizes } from './delivery-queue.ts';
import type { RetrySettings } from './next-step.ts';
import type { Pacer } from './pacer.ts';
import type { ParkingSettings } from './parking.ts';
import type { RateControl } from './rate-control.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { SettledMemory } from './settled-memory.ts';
import type { TargetHealth } from './target-health.ts';

export interface DispatchSettings extends RetrySettings, ParkingSettings {
  /** Most records of a batch; a full one means that others wait. */
  batchSize: number;
  /** Calls under way at once, so that a slow target does not pile up connections. */
  maxInFlight: number;
  /** Events in one request; more than one creation for targets that limit requests rather than operations. */
  groups: GroupSizes;
  /** What follows when the target rejects events and none succeeds: `park` them, or `dead-letter` them as if others had succeeded. */
  onSystemicRejection: 'park' | 'dead-letter';
}

/** What a lane keeps from one batch to the next, and its ports. */
export interface Lane {
  target: Target;
  journal: Journal;
  parking: ParkingStore;
  pacer: Pacer;
  /** Bounds the calls under way at once. */
  limiter: CallLimiter;
  rate: RateControl;
  health: TargetHealth;
  budget: RetryBudget;
  memory: SettledMemory;
  /** The notes of what is sent. */
  notes: SendNotes;
  clock: Clock;
  random: () => number;
  log: Log;
  settings: DispatchSettings;
}

/** The policy of dispatch, from the function's configuration. Pure. */
export function dispatchSettings(config: DispatchConfig): DispatchSettings {
  return {
    batchSize: config.BATCH_SIZE,
    maxInFlight: config.MAX_IN_FLIGHT_PER_INVOCATION,
    groups: { creations: config.MUTATIONS_PER_REQUEST, lookups: config.LOOKUPS_PER_REQUEST },
    onSystemicRejection: config.ON_SYSTEMIC_REJECTION,
    maxAttempts: config.MAX_ATTEMPTS,
    retryPauseMs: config.RETRY_PAUSE_MS,
    throttlePauseMs: 1000,
    maxWaitMs: config.RETRY_AFTER_MAX_MS,
    targetTimeoutMs: config.TARGET_TIMEOUT_MS,
    parkingDelayMs: config.PARKING_DELAY_SECONDS * 1000,
    stragglerMaxAgeMs: config.STRAGGLER_MAX_AGE_HOURS * 3_600_000,
  };
}

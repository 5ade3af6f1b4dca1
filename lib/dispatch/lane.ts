import type { Log } from '../log.ts';
import type { Clock, Journal, Target } from '../ports.ts';
import type { Circuit } from './circuit.ts';
import type { CrashSuspicion } from './crash-suspicion.ts';
import type { GroupSizes } from './delivery-queue.ts';
import type { RetrySettings } from './next-step.ts';
import type { OutcomeCodes } from './outcome.ts';
import type { Pacer } from './pacer.ts';
import type { RateControl } from './rate-control.ts';
import type { SettledMemory } from './settled-memory.ts';

export interface DispatchSettings extends RetrySettings {
  brand: string;
  /** Calls under way at once, so that a slow target does not pile up connections. */
  maxInFlight: number;
  /** Events in one request; more than one creation for targets that limit requests rather than operations. */
  groups: GroupSizes;
  codes: OutcomeCodes;
  /** Look up what a crashed environment may have created, before creating it again. */
  verifyAfterCrash: boolean;
}

/** What a lane keeps from one batch to the next, and its ports. */
export interface Lane {
  target: Target;
  journal: Journal;
  pacer: Pacer;
  rate: RateControl;
  circuit: Circuit;
  memory: SettledMemory;
  suspicion: CrashSuspicion;
  clock: Clock;
  random: () => number;
  log: Log;
  settings: DispatchSettings;
}

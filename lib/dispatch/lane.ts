import type { Log } from '../log.ts';
import type { Clock, Journal, Target } from '../ports.ts';
import type { Circuit } from './circuit.ts';
import type { RetrySettings } from './next-step.ts';
import type { Pacer } from './pacer.ts';
import type { SettledMemory } from './settled-memory.ts';

export interface DispatchSettings extends RetrySettings {
  brand: string;
  /** Calls under way at once, so that a slow target does not pile up connections. */
  maxInFlight: number;
}

/** What a lane keeps from one batch to the next, and its ports. */
export interface Lane {
  target: Target;
  journal: Journal;
  pacer: Pacer;
  circuit: Circuit;
  memory: SettledMemory;
  clock: Clock;
  random: () => number;
  log: Log;
  settings: DispatchSettings;
}

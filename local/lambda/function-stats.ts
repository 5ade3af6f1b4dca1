import type { FailureKind, InvokeResult } from './invoke-result.ts';

/** Counters since the function was created, and what is going on now. */
export interface FunctionStats {
  /** Invocations that ran, whatever came of them. */
  invocations: number;
  errors: number;
  timeouts: number;
  crashes: number;
  /** Turned away without running. */
  throttles: number;
  unavailable: number;
  /** Invocations that waited for the start of an environment. */
  coldStarts: number;
  /** Of the last environment that became ready; undefined before the first. */
  initMs: number | undefined;
  /** The longest that a handler took. */
  maxDurationMs: number;
  environments: number;
  idle: number;
  queued: number;
  pids: number[];
}

type Counters = Omit<FunctionStats, 'environments' | 'idle' | 'queued' | 'pids'>;

const counterOf: Record<
  FailureKind,
  'errors' | 'timeouts' | 'crashes' | 'throttles' | 'unavailable'
> = {
  error: 'errors',
  timeout: 'timeouts',
  crash: 'crashes',
  throttled: 'throttles',
  unavailable: 'unavailable',
};

export function newCounters(): Counters {
  return {
    invocations: 0,
    errors: 0,
    timeouts: 0,
    crashes: 0,
    throttles: 0,
    unavailable: 0,
    coldStarts: 0,
    initMs: undefined,
    maxDurationMs: 0,
  };
}

export function count(counters: Counters, result: InvokeResult): void {
  const ran = result.ok || (result.kind !== 'throttled' && result.kind !== 'unavailable');
  if (ran) counters.invocations += 1;
  if (result.ok) counters.maxDurationMs = Math.max(counters.maxDurationMs, result.durationMs);
  else counters[counterOf[result.kind]] += 1;
}

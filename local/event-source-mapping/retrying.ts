import type { Clock } from '../../lib/ports.ts';

const FIRST_MS = 200;
const LONGEST_MS = 30_000;

/**
 * Delay before the next attempt after `failures` in a row; 0 after none. AWS waits too, along
 * a curve that is undocumented: this one doubles from 0.2 s to 30 s, with the upper half as jitter.
 */
export function retryBackoffMs(failures: number, random: () => number): number {
  if (failures <= 0) return 0;
  const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round((ceilingMs * (1 + random())) / 2);
}

export interface RetryContext {
  clock: Clock;
  /** Jitter, 0 to 1. */
  random: () => number;
  stop: AbortSignal;
}

/** Repeats `work` with backoff until it succeeds, and resolves with true; with false when it fails while stopping. */
export async function retryUntilStopped(
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
  { clock, random, stop }: RetryContext,
): Promise<boolean> {
  for (let failures = 1; ; failures += 1) {
    try {
      await work();
      return true;
    } catch (error) {
      onFailure(error);
    }
    if (!stop.aborted) await clock.sleep(retryBackoffMs(failures, random), stop);
    if (stop.aborted) return false;
  }
}

import { type Backoff, fullJitterDelayMs } from '../backoff.ts';
import type { Clock } from '../ports.ts';
import type { Stop } from './stop.ts';

export interface RetryUntil {
  /** No attempt starts at or after this. */
  deadlineMs: number;
  /** No attempt starts after this. */
  stop: Stop;
  backoff: Backoff;
  clock: Clock;
  random: () => number;
}

/** Attempts, numbered from 0, until one succeeds; rejects with the last failure when no other may start. */
export async function retryUntil(
  attempt: (number: number) => Promise<void>,
  { deadlineMs, stop, backoff, clock, random }: RetryUntil,
): Promise<void> {
  let failure: unknown;
  for (let number = 0; !stop.stopped; number++) {
    const pauseMs = number > 0 ? fullJitterDelayMs(number, backoff, random) : 0;
    if (clock.now() + pauseMs >= deadlineMs) break;
    if (pauseMs > 0) await stop.sleep(pauseMs, clock);
    if (stop.stopped) break;
    try {
      return await attempt(number);
    } catch (error) {
      failure = error;
    }
  }
  throw failure ?? new Error('no time was left');
}

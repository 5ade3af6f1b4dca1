import { type Backoff, fullJitterDelayMs } from '../../lib/backoff.ts';

/** How often something is tried while somebody waits for the end; otherwise it is tried for ever. */
export const LAST_ATTEMPTS = 3;

const BACKOFF: Backoff = { baseMs: 200, maxMs: 10_000 };

export function retryDelayMs(failures: number): number {
  return fullJitterDelayMs(failures, BACKOFF);
}

import type { TimeBudget } from './deliver-batch.ts';

/** Kept free at the end of an invocation for appending the last facts, in milliseconds. */
export const APPEND_RESERVE_MS = 5000;

/** How long the last append may take. */
const LAST_APPEND_MS = 2500;

/**
 * The ends of an invocation's time: the last call must have time to time out, and its fact to be appended, before the
 * function's deadline. Pure.
 */
export function timeBudget(
  nowMs: number,
  remainingMs: number,
  { TARGET_TIMEOUT_MS }: { TARGET_TIMEOUT_MS: number },
): TimeBudget {
  const deadlineMs = nowMs + remainingMs;
  return {
    stopAtMs: deadlineMs - TARGET_TIMEOUT_MS - APPEND_RESERVE_MS,
    appendUntilMs: deadlineMs - LAST_APPEND_MS,
  };
}

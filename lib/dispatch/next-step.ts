import { type Backoff, fullJitterDelayMs } from '../backoff.ts';
import type { DeadLetterReason } from '../event/fact.ts';
import type { Lookup } from './classify.ts';
import type { Outcome } from './outcome.ts';

/** The policy of retries. */
export interface RetrySettings {
  /** Failed creations after which an event is dead-lettered, if the target is healthy. */
  maxAttempts: number;
  backoff: Backoff;
  /** The pause after a throttled call that did not say how long. */
  throttlePauseMs: number;
  /** `Retry-After` is obeyed up to this. */
  retryAfterMaxMs: number;
}

export type NextStep =
  | { do: 'settle'; verified: boolean }
  | { do: 'deadLetter'; reason: DeadLetterReason }
  /** Try again after `afterMs`; `verify`: with a lookup first. `pauseMs`: and the whole lane waits that long. */
  | { do: 'retry'; afterMs: number; verify: boolean; pauseMs?: number };

export interface StepContext {
  /** Failed creations of this event, this one included. */
  failures: number;
  settings: RetrySettings;
  random: () => number;
}

/** What to do after an attempt to create. Pure but for `random`. */
export function afterCreate(outcome: Outcome, context: StepContext): NextStep {
  const { failures, settings, random } = context;
  switch (outcome.kind) {
    case 'delivered':
      return { do: 'settle', verified: false };
    case 'duplicate':
      return { do: 'settle', verified: true };
    case 'rejected':
      return { do: 'deadLetter', reason: 'rejected' };
    case 'throttled':
      return throttled(outcome.retryAfterMs, false, settings);
    case 'transient': {
      const afterMs = fullJitterDelayMs(Math.max(1, failures), settings.backoff, random);
      // The last question before giving up tells a bad event from a sick target, too.
      const verify = outcome.ambiguous || failures >= settings.maxAttempts;
      return { do: 'retry', afterMs, verify };
    }
  }
}

/** What to do after a lookup. A lookup never counts against the event. Pure but for `random`. */
export function afterLookup(lookup: Lookup, context: StepContext): NextStep {
  const { failures, settings, random } = context;
  switch (lookup.kind) {
    case 'delivered':
    case 'duplicate':
      return { do: 'settle', verified: true };
    case 'throttled':
      return throttled(lookup.retryAfterMs, true, settings);
    case 'transient':
      return {
        do: 'retry',
        afterMs: fullJitterDelayMs(Math.max(1, failures), settings.backoff, random),
        verify: true,
      };
    // A target that cannot be asked is taken at its word: the creation decides.
    case 'rejected':
    case 'absent':
      return failures >= settings.maxAttempts
        ? { do: 'deadLetter', reason: 'exhausted' }
        : { do: 'retry', afterMs: 0, verify: false };
  }
}

function throttled(
  retryAfterMs: number | undefined,
  verify: boolean,
  settings: RetrySettings,
): NextStep {
  const pauseMs = Math.min(retryAfterMs ?? settings.throttlePauseMs, settings.retryAfterMaxMs);
  return { do: 'retry', afterMs: pauseMs, verify, pauseMs };
}

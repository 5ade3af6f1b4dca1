import type { DeadLetterReason } from '../event/fact.ts';
import type { Failure, LookupVerdict, Verdict } from '../ports.ts';

/** The policy of retries. */
export interface RetrySettings {
  /** Failed attempts, over all returns from parking, after which an event is dead-lettered if the target is well. */
  maxAttempts: number;
  /** Pause before a second quick retry; a random time up to the same length is added. */
  retryPauseMs: number;
  /** Wait after a throttled call that named none. */
  throttlePauseMs: number;
  /** Longest wait that a target can ask for. */
  maxWaitMs: number;
  /** Time that a call may take, and thus that the target may still be working on one that was given up. */
  targetTimeoutMs: number;
}

/** What is known of a delivery once an attempt has been noted. */
export interface DeliveryState {
  /** Failed attempts that count against the event, over all returns from parking. */
  failedAttempts: number;
  /** Attempts that failed in this batch, counted or not. */
  failedInBatch: number;
  /** Times that it was parked before. */
  deferral: number;
  /** An attempt may have created it, and no lookup has shown since that it did not. */
  outcomeUnknown: boolean;
  /** A lookup is all that stands between it and a dead letter for this reason. */
  condemned: CondemnedReason | undefined;
}

export type CondemnedReason = Extract<DeadLetterReason, 'rejected' | 'exhausted'>;

export interface StepContext {
  /** The target is well: what fails, fails for the event's own reasons. */
  targetIsWell: boolean;
  /** Another event's creation succeeded after this event failed first in this batch. */
  othersSucceed: boolean;
  canLookUp: boolean;
  /** Another quick retry within this batch is affordable. */
  mayRetry: boolean;
  /** HTTP status of the call; `null` when no response came. */
  status: number | null;
  settings: RetrySettings;
  random: () => number;
}

export type NextStep =
  | { do: 'settle'; verified: boolean }
  /** Try again in this batch; `verify`: with a lookup first; `condemned`: and dead-letter it if the target does not have it. */
  | { do: 'retry'; afterMs: number; verify: boolean; condemned?: CondemnedReason }
  /** Dead-letter it as soon as another event proves that the target works. */
  | { do: 'condemn'; reason: CondemnedReason }
  /** Try again in a later batch, after at least `waitMs`. */
  | { do: 'park'; waitMs: number }
  /** Leave it until the target is well, or until the batch ends; no lookup before `afterMs`. */
  | { do: 'setAside'; afterMs: number };

/** Attempts in one batch: the first, and two quick retries within about two seconds. An event that returns from parking has one. */
const TRIES_IN_BATCH = 3;

/** A longer wait is spent parked. */
const LONGEST_QUICK_WAIT_MS = 2000;

/** A refused credential is read again at most every 5 s (`EARLY_READ_AFTER_MS` in secret-cache.ts): the last quick attempt waits for that. */
const CREDENTIAL_READ_MS = 6000;

/** The next step after an attempt to create. Pure but for `random`. */
export function afterCreate(
  verdict: Verdict,
  state: DeliveryState,
  context: StepContext,
): NextStep {
  switch (verdict.kind) {
    case 'delivered':
      return { do: 'settle', verified: false };
    case 'duplicate':
      return { do: 'settle', verified: true };
    case 'rejected':
      // A target that rejects everything says nothing about single events.
      if (!context.targetIsWell) return { do: 'setAside', afterMs: 0 };
      if (verdict.isAboutDocument) return afterFailure(verdict, state, context);
      return state.outcomeUnknown
        ? lookUpFirst('rejected', 0, context)
        : { do: 'condemn', reason: 'rejected' };
    case 'unknown':
      // The next call opens a connection, so that this happens once to an event.
      if (verdict.reusedConnection) return { do: 'retry', afterMs: 0, verify: context.canLookUp };
      return afterFailure(verdict, state, context);
    case 'throttled':
    case 'unavailable':
    case 'unauthorized':
      return afterFailure(verdict, state, context);
  }
}

/** The next step after a lookup. Only `absent` permits another creation. Pure but for `random`. */
export function afterLookup(
  verdict: LookupVerdict,
  state: DeliveryState,
  context: StepContext,
): NextStep {
  const { condemned } = state;
  switch (verdict.kind) {
    case 'found':
      return { do: 'settle', verified: true };
    case 'absent':
      if (condemned) return { do: 'condemn', reason: condemned };
      return { do: 'retry', afterMs: 0, verify: false };
    case 'throttled':
    case 'unavailable':
    case 'unauthorized': {
      if (verdict.reusedConnection) return { do: 'retry', afterMs: 0, verify: true };
      const reason = condemned ?? exhaustedBy(state, context);
      // One look is enough for a dead letter: it creates nothing, and a redrive looks again.
      if (reason && context.targetIsWell) return { do: 'condemn', reason };
      return afterFailure(verdict, state, context);
    }
  }
}

function afterFailure(
  failure: { kind: Exclude<Verdict['kind'], 'delivered' | 'duplicate'> } & Failure,
  state: DeliveryState,
  context: StepContext,
): NextStep {
  const { settings } = context;
  // A lookup that comes while the target still works on the creation would find nothing, and the event be created twice.
  const workingMs = mayStillWork(failure) ? settings.targetTimeoutMs : 0;
  if (!context.targetIsWell) return { do: 'setAside', afterMs: workingMs };
  if (exhaustedBy(state, context)) return lookUpFirst('exhausted', workingMs, context);
  const waitMs = waitOf(failure, settings);
  const tries = state.deferral > 0 ? 1 : TRIES_IN_BATCH;
  const isSlow = workingMs > 0 && state.failedInBatch > 1;
  if (!context.mayRetry || isSlow || waitMs > LONGEST_QUICK_WAIT_MS) return { do: 'park', waitMs };
  if (state.failedInBatch >= tries) {
    // The first events of an outage fail three times before it is known as one.
    const isProven = state.deferral > 0 || context.othersSucceed;
    return isProven ? { do: 'park', waitMs } : { do: 'setAside', afterMs: workingMs };
  }
  const delayMs = pauseMs(failure, state.failedInBatch, context);
  const verify = state.outcomeUnknown && context.canLookUp;
  const awaitsCredential = failure.kind === 'unauthorized' && state.failedInBatch === tries - 1;
  const credentialMs = awaitsCredential ? CREDENTIAL_READ_MS : 0;
  const afterMs = Math.max(waitMs, delayMs, verify ? workingMs : 0, credentialMs);
  return { do: 'retry', afterMs, verify };
}

function lookUpFirst(
  reason: CondemnedReason,
  afterMs: number,
  { canLookUp }: StepContext,
): NextStep {
  if (!canLookUp) return { do: 'condemn', reason };
  return { do: 'retry', afterMs, verify: true, condemned: reason };
}

function exhaustedBy(state: DeliveryState, { settings }: StepContext): 'exhausted' | undefined {
  return state.failedAttempts >= settings.maxAttempts ? 'exhausted' : undefined;
}

/** The wait that a failure asks for, in milliseconds; 0 for none. */
export function waitOf(
  failure: { kind: string } & Pick<Failure, 'waitMs'>,
  { throttlePauseMs, maxWaitMs }: RetrySettings,
): number {
  const waitMs = failure.waitMs || (failure.kind === 'throttled' ? throttlePauseMs : 0);
  return Math.min(waitMs, maxWaitMs);
}

/**
 * The pause before a quick retry, in milliseconds. The first retry starts at once if the target itself returned the failure: it takes a
 * slot of the rate like any other call. With a random pause instead, each batch ended with up to 350 ms in which nothing else was left
 * to send, and the demo used 92 to 99 % of the rate in place of 99 %. The second waits longer.
 */
function pauseMs(
  failure: { kind: string; code: string },
  failures: number,
  { status, settings, random }: StepContext,
): number {
  const randomMs = Math.round(random() * settings.retryPauseMs);
  if (failures > 1) return settings.retryPauseMs + randomMs;
  return isFinal(failure, status) ? 0 : randomMs;
}

/** Returns whether the target itself returned the failure, so that its work on the call has ended. */
function isFinal(failure: { kind: string; code: string }, status: number | null): boolean {
  if (failure.kind !== 'unavailable' && failure.kind !== 'unknown') return false;
  return status !== null && !FROM_A_PROXY.has(status) && !mayStillWork(failure);
}

/** Statuses of a proxy that lost its connection to the target. */
const FROM_A_PROXY = new Set([502, 520, 521, 523, 525, 526]);

/** Whether a call was given up, by us or by a middleman, while the target may still have been working on it. */
function mayStillWork({ kind, code }: { kind: string; code: string }): boolean {
  return kind === 'unknown' && /TIME.?OUT|^HTTP_(408|409|504|522|524|598|599)$/.test(code);
}

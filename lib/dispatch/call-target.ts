import { messageOf } from '../errors.ts';
import type { FactError } from '../event/fact.ts';
import type { Failure, LookupVerdict, Target, TargetResult, Verdict } from '../ports.ts';
import type { Delivery } from './delivery.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { TargetHealth } from './target-health.ts';

/** Maximum length of an error's code and message stored in a fact. */
const MAX_MESSAGE_CHARACTERS = 2000;

/** One call for a group of deliveries, and its answer. */
export type Call = {
  startedMs: number;
  endedMs: number;
  status: number | null;
  retryAlone: boolean;
} & ({ lookup: false; verdicts: Verdict[] } | { lookup: true; verdicts: LookupVerdict[] });

/** A verdict that is not a success. */
export type Failed = Exclude<
  Verdict | LookupVerdict,
  { kind: 'delivered' | 'duplicate' | 'found' | 'absent' }
>;

/** Calls the target for a group of deliveries: creates them, or looks them up when they may exist already. */
export async function callTarget(
  group: readonly Delivery[],
  target: Target,
  now: () => number,
): Promise<Call> {
  const [first] = group;
  const call = { traceId: first?.fact.traceId ?? '' };
  const events = group.map(({ event }) => event);
  const startedMs = now();
  if (first?.verify) {
    const result = await target.lookUp(events, call).catch(toResult);
    return { lookup: true, startedMs, endedMs: now(), ...result } as Call;
  }
  const result = await target.create(events, call).catch(toResult);
  return { lookup: false, startedMs, endedMs: now(), ...result } as Call;

  /** The port never rejects: this is a fault of ours, and the event may have been sent. */
  function toResult(error: unknown): TargetResult<Verdict & LookupVerdict> {
    const failure: Failure = { code: 'INTERNAL_FAULT', message: messageOf(error) };
    const kind = first?.verify ? 'unavailable' : 'unknown';
    return {
      status: null,
      retryAlone: false,
      verdicts: group.map(() => ({ kind, ...failure }) as never),
    };
  }
}

export function isFailed(verdict: Verdict | LookupVerdict): verdict is Failed {
  return 'code' in verdict;
}

/** Notes an attempt on its delivery. A lookup is kept as an attempt only when it finds the event. */
export function noteAttempt(
  delivery: Delivery,
  call: Call,
  verdict: Verdict | LookupVerdict,
  { counted, budget }: { counted: boolean; budget: RetryBudget },
): void {
  if (!call.lookup || verdict.kind === 'found')
    delivery.attempts.push({
      at: new Date(call.startedMs).toISOString(),
      ms: call.endedMs - call.startedMs,
      outcome: call.lookup ? 'duplicate' : (verdict as Verdict).kind,
      status: call.status,
    });
  if (verdict.kind === 'absent') delivery.outcomeUnknown = false;
  if (!isFailed(verdict)) return;
  if (verdict.kind === 'unknown') delivery.outcomeUnknown = true;
  delivery.lastError = errorOf(verdict, call);
  delivery.failedInBatch += 1;
  if (delivery.failedInBatch > 1) budget.retryFailed();
  if (counted) delivery.failedAttempts += 1;
}

function errorOf({ code, message }: Failure, { status, lookup }: Call): FactError {
  const told = lookup ? `lookup: ${message}` : message;
  return {
    code: code.slice(0, MAX_MESSAGE_CHARACTERS),
    message: told.slice(0, MAX_MESSAGE_CHARACTERS),
    status,
  };
}

/**
 * Tells `health` what a call says of the target. A rejection is a failure, too, as a target whose schema has changed rejects everything.
 * Events that return from parking are known to fail while others succeed: they arrive together, and would look like an outage.
 */
export function noteHealth(
  health: TargetHealth,
  group: readonly Delivery[],
  call: Call,
  { waitMs, isProvenBad }: { waitMs: number | undefined; isProvenBad: (of: Delivery) => boolean },
): void {
  if (call.verdicts.some(({ kind }) => kind === 'delivered' || kind === 'duplicate')) {
    health.succeeded(call.endedMs);
    return;
  }
  const failed = group.filter((delivery, index) => {
    const verdict = call.verdicts[index];
    return verdict && isFailed(verdict) && !(verdict.kind === 'rejected' && isProvenBad(delivery));
  });
  if (failed.length === 0) return;
  const fresh = failed.filter(({ deferral }) => deferral === 0);
  health.failed(
    fresh.map(({ key }) => key),
    call.endedMs,
    waitMs,
  );
}

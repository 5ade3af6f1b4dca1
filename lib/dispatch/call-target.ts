import { CREDENTIAL_UNAVAILABLE, messageOf } from '../errors.ts';
import type { FactError, ReceivedFact } from '../event/fact.ts';
import { attemptSpanId, receiptSpanId } from '../event/span-id.ts';
import type { Clock, Failure, LookupVerdict, Target, TargetCall, Verdict } from '../ports.ts';
import type { Delivery } from './delivery.ts';
import { MAX_MESSAGE_CHARACTERS } from './facts.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { TargetHealth } from './target-health.ts';

/** Maximum length of an attempt's error: the ten attempts of a fact fit into a value of the status table, of 2048 bytes. */
const MAX_ATTEMPT_ERROR = 100;

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
  clock: Pick<Clock, 'now'>,
): Promise<Call> {
  const [first] = group;
  const lookup = first?.verify ?? false;
  const newConnection = group.some((delivery) => delivery.newConnection);
  const events = group.map(({ event }) => event);
  const startedMs = clock.now();
  const call = { ...(first ? traceOf(first.fact, startedMs, lookup) : UNTRACED), newConnection };
  try {
    const result = await (lookup ? target.lookUp(events, call) : target.create(events, call));
    const { status, verdicts, retryAlone } = result;
    return { lookup, startedMs, endedMs: clock.now(), status, verdicts, retryAlone } as Call;
  } catch (error) {
    // The port never rejects: this is a fault of ours, and the event may have been sent.
    const kind = lookup ? 'unavailable' : 'unknown';
    const verdicts = group.map(() => ({ kind, code: 'INTERNAL_FAULT', message: messageOf(error) }));
    const endedMs = clock.now();
    return { lookup, startedMs, endedMs, status: null, verdicts, retryAlone: false } as Call;
  }
}

type Trace = Pick<TargetCall, 'traceId' | 'spanId' | 'traceFlags'>;

const UNTRACED: Trace = { traceId: '' };

/** The place of a call in the trace of its first event. A lookup has no span of its own, unless it finds the event. */
function traceOf(fact: ReceivedFact, startedMs: number, lookup: boolean): Trace {
  const spanId = lookup
    ? receiptSpanId({ ...fact, receivedAt: fact.at })
    : attemptSpanId(fact, new Date(startedMs).toISOString());
  return { traceId: fact.traceId, spanId, traceFlags: fact.traceFlags };
}

export function isFailed(verdict: Verdict | LookupVerdict): verdict is Failed {
  return 'code' in verdict;
}

/** True of a call that was not sent because there is no credential. */
export function isNotSent(verdict: Verdict | LookupVerdict): boolean {
  return isFailed(verdict) && verdict.code === CREDENTIAL_UNAVAILABLE;
}

/** Notes an attempt on its delivery. A lookup is kept as an attempt only when it finds the event. What a kept connection loses is no failure. */
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
      ...(isFailed(verdict) ? { error: attemptError(verdict) } : {}),
    });
  if (verdict.kind === 'absent') delivery.outcomeUnknown = false;
  if (call.lookup) delivery.lookupFailed = isFailed(verdict);
  if (!isFailed(verdict)) return;
  if (verdict.kind === 'unknown') delivery.outcomeUnknown = true;
  delivery.lastError = errorOf(verdict, call);
  if (verdict.reusedConnection) {
    delivery.newConnection = true;
    return;
  }
  if (delivery.failedInBatch === 0) delivery.failedFirstMs = call.startedMs;
  delivery.failedInBatch += 1;
  if (delivery.failedInBatch > 1) budget.retryFailed();
  if (counted) delivery.failedAttempts += 1;
}

function attemptError({ code, message }: Failure): string {
  return `${code}: ${message}`.slice(0, MAX_ATTEMPT_ERROR);
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
 *
 * @param isProvenBad tells of a rejected event whether the rejection is known to be its own
 */
export function noteHealth(
  health: TargetHealth,
  group: readonly Delivery[],
  call: Call,
  waits: { waitMs: number | undefined; recentMs: number },
  isProvenBad: (of: Delivery) => boolean,
): void {
  const { verdicts, startedMs, endedMs } = call;
  if (verdicts.some(({ kind }) => kind === 'delivered' || kind === 'duplicate')) {
    health.succeeded(startedMs, endedMs);
    return;
  }
  const failed = group.filter((_, index) => isFailed(verdicts[index] as Verdict));
  if (failed.length === 0) {
    health.lookedUp();
    return;
  }
  if (verdicts.some((verdict) => isFailed(verdict) && verdict.reusedConnection)) {
    health.nothingLearnt(endedMs);
    return;
  }
  if (verdicts.some(isNotSent)) {
    health.cannotBeCalled(endedMs);
    return;
  }
  const isOwnFault = (delivery: Delivery) => {
    const verdict = verdicts[group.indexOf(delivery)];
    return verdict?.kind === 'rejected' && !verdict.isAboutDocument && isProvenBad(delivery);
  };
  const fresh = failed.filter((delivery) => delivery.deferral === 0 && !isOwnFault(delivery));
  const of = { keys: fresh.map(({ key }) => key), ids: failed.map(({ event }) => event.id) };
  health.failed(of, endedMs, waits.waitMs, waits.recentMs);
}

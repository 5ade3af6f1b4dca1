import type { Fact, FactError } from '../event/fact.ts';
import type { Target, TargetAnswer } from '../ports.ts';
import type { Circuit } from './circuit.ts';
import { classify } from './classify.ts';
import type { Delivery } from './delivery.ts';
import { deadLetteredFact, deliveredFact } from './facts.ts';
import type { Lane } from './lane.ts';
import { afterCreate, afterLookup, type Lookup, type NextStep } from './next-step.ts';

/** An event's certain end, to be appended. */
export interface Ending {
  key: string;
  fact: Fact;
}

export type AttemptResult =
  | { kind: 'ended'; ending: Ending }
  | { kind: 'again'; afterMs: number; pauseMs?: number };

type LaneOfAttempt = Pick<Lane, 'target' | 'circuit' | 'clock' | 'random' | 'settings'>;

/** Makes one call for a delivery — creates it, or looks it up first when it may exist already — and decides what follows. */
export async function attemptDelivery(
  delivery: Delivery,
  lane: LaneOfAttempt,
): Promise<AttemptResult> {
  const { clock, circuit, settings, random } = lane;
  const startedMs = clock.now();
  const lookup = delivery.verify;
  const answer = await call(lane.target, delivery);
  const endedMs = clock.now();
  const outcome = lookup ? readLookup(answer, endedMs) : classify(answer, 'createItem', endedMs);
  // Judged before this call's own result is counted: the call that opens the circuit still counts against its event.
  const targetWasSick = circuit.isOpen;
  report(outcome, circuit, endedMs);
  record(delivery, { lookup, outcome, answer, startedMs, endedMs, counted: !targetWasSick });

  const context = { failures: delivery.failures, settings, random };
  const step =
    outcome.kind === 'absent' || lookup
      ? afterLookup(outcome, context)
      : afterCreate(outcome, context);
  return follow(step, delivery, endedMs);
}

function call(target: Target, { verify, item, fact }: Delivery): Promise<TargetAnswer> {
  const { traceId } = fact;
  return verify ? target.getItem(item.id, { traceId }) : target.createItem(item, { traceId });
}

/** `getItem` answers `null` without an error for an id that it does not have. */
function readLookup(answer: TargetAnswer, nowMs: number): Lookup {
  if (answer.kind === 'response' && answer.status < 400 && answer.errors.length === 0)
    if (answer.data && answer.data.getItem === null) return { kind: 'absent' };
  return classify(answer, 'getItem', nowMs);
}

/** Throttling says nothing about health; anything else that the target answered properly is a sign of it. */
function report(outcome: Lookup, circuit: Circuit, nowMs: number): void {
  if (outcome.kind === 'transient') circuit.failed(nowMs);
  else if (outcome.kind !== 'throttled') circuit.succeeded();
}

interface Observed {
  lookup: boolean;
  outcome: Lookup;
  answer: TargetAnswer;
  startedMs: number;
  endedMs: number;
  counted: boolean;
}

/** Notes the attempt on the delivery. A lookup is noted only when it ends the delivery. */
function record(delivery: Delivery, seen: Observed): void {
  const { outcome, lookup, startedMs, endedMs } = seen;
  const status = seen.answer.kind === 'response' ? seen.answer.status : null;
  if (outcome.kind === 'absent') return;
  const found = outcome.kind === 'delivered' || outcome.kind === 'duplicate';
  if (!lookup || found) {
    delivery.attempts.push({
      at: new Date(startedMs).toISOString(),
      ms: endedMs - startedMs,
      outcome: lookup ? 'duplicate' : outcome.kind,
      status,
    });
  }
  if (lookup || found) return;
  delivery.lastError = errorOf(outcome, status);
  if (outcome.kind === 'transient' && seen.counted) delivery.failures += 1;
}

function errorOf(outcome: { code: string; message: string }, status: number | null): FactError {
  return { code: outcome.code, message: outcome.message, status };
}

function follow(step: NextStep, delivery: Delivery, nowMs: number): AttemptResult {
  const { key } = delivery;
  switch (step.do) {
    case 'settle':
      return {
        kind: 'ended',
        ending: { key, fact: deliveredFact(delivery, step.verified, nowMs) },
      };
    case 'deadLetter': {
      const error = delivery.lastError ?? { code: 'UNKNOWN', message: '', status: null };
      return {
        kind: 'ended',
        ending: { key, fact: deadLetteredFact(delivery, step.reason, error, nowMs) },
      };
    }
    case 'retry':
      delivery.verify = step.verify;
      return {
        kind: 'again',
        afterMs: step.afterMs,
        ...(step.pauseMs === undefined ? {} : { pauseMs: step.pauseMs }),
      };
  }
}

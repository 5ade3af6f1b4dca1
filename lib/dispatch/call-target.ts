import type { Fact, FactError } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { TargetAnswer } from '../ports.ts';
import { classify, classifyLookup, type Lookup } from './classify.ts';
import type { Delivery } from './delivery.ts';
import { deadLetteredFact, deliveredFact } from './facts.ts';
import type { Lane } from './lane.ts';
import { afterCreate, afterLookup, type NextStep } from './next-step.ts';
import { CREDENTIAL_UNAVAILABLE } from './outcome.ts';

/** Of what a target says, so much fits into a fact. */
const MAX_MESSAGE_CHARACTERS = 2000;

/** An event's certain end, to be appended. */
export interface Ending {
  key: string;
  fact: Fact;
}

/** What follows for one delivery. */
export type DeliveryResult =
  | { kind: 'ended'; delivery: Delivery; ending: Ending }
  | { kind: 'again'; delivery: Delivery; afterMs: number };

export interface CallResult {
  deliveries: DeliveryResult[];
  /** The target throttled the call: how long the whole lane waits. */
  pauseMs: number | undefined;
}

type LaneOfCall = Pick<
  Lane,
  'target' | 'circuit' | 'rate' | 'clock' | 'random' | 'settings' | 'log'
>;

/**
 * Makes one call for a group of deliveries — creates them, or looks them up first when they may exist already — and
 * decides for each what follows.
 */
export async function callTarget(group: Delivery[], lane: LaneOfCall): Promise<CallResult> {
  const { clock, circuit, settings } = lane;
  const lookup = group[0]?.verify ?? false;
  const startedMs = clock.now();
  const answer = await send(group, lookup, lane);
  const endedMs = clock.now();
  const fields = answer.kind === 'response' ? answer.fields : [];
  const judge = lookup ? classifyLookup : classify;
  const outcomes = group.map((_, index) =>
    judge(answer, fields[index] ?? '', endedMs, settings.codes),
  );

  // Judged before this call's own result is counted: the call that opens the circuit still counts against its events.
  const targetWasSick = circuit.isOpen;
  reportHealth(group, outcomes, lane, endedMs);
  const seen = { lookup, answer, startedMs, endedMs, counted: !targetWasSick };
  let pauseMs: number | undefined;
  const deliveries = group.map((delivery, index) => {
    const outcome = outcomes[index] as Lookup;
    if (isRefusedTogether(outcome, answer, fields[index], group)) {
      delivery.alone = true;
      return { kind: 'again' as const, delivery, afterMs: 0 };
    }
    record(delivery, { ...seen, outcome });
    const step = stepAfter(outcome, delivery, lookup, lane);
    if (step.do === 'retry' && step.pauseMs !== undefined) pauseMs = step.pauseMs;
    return follow(step, delivery, endedMs);
  });
  return { deliveries, pauseMs };
}

function send(group: Delivery[], lookup: boolean, { target }: LaneOfCall): Promise<TargetAnswer> {
  const call = { traceId: group[0]?.fact.traceId ?? '' };
  const items = group.map(({ item }) => item);
  if (!lookup) return target.createItems(items, call);
  return target.getItems(
    items.map(({ id }) => id),
    call,
  );
}

/** A request with several items that is refused as a whole (too many aliases, say) is no verdict on any of them. */
function isRefusedTogether(
  outcome: Lookup,
  answer: TargetAnswer,
  field: string | undefined,
  group: Delivery[],
): boolean {
  if (group.length === 1 || outcome.kind !== 'rejected' || answer.kind !== 'response') return false;
  return !answer.errors.some(({ path }) => path?.length && path[0] === field);
}

/**
 * Judges the target by its creations. Throttling says nothing of its health; nor does a lookup that finds nothing, since a
 * target that only reads is sick, too.
 */
function reportHealth(
  group: Delivery[],
  outcomes: Lookup[],
  { circuit, rate, log }: LaneOfCall,
  nowMs: number,
): void {
  const wasOpen = circuit.isOpen;
  const kinds = new Set(outcomes.map(({ kind }) => kind));
  if (!kinds.has('throttled')) rate.admitted(nowMs);
  if (kinds.has('delivered') || kinds.has('duplicate') || kinds.has('rejected')) {
    circuit.succeeded();
    if (wasOpen) rate.recovered(nowMs);
  } else if (kinds.has('transient')) circuit.failed(group[0]?.key ?? '', nowMs);
  const failure = outcomes.find((outcome) => outcome.kind === 'transient');
  logCircuit(log, wasOpen, circuit.isOpen, failure?.kind === 'transient' ? failure.message : '');
}

/** Says once when the target falls sick, and once when it is well again. */
function logCircuit(log: Log, wasOpen: boolean, isOpen: boolean, cause: string): void {
  if (isOpen && !wasOpen)
    log.warn('The target fails call after call: only a probe is sent, and no event is given up', {
      cause,
    });
  if (wasOpen && !isOpen) log.warn('The target answers again: sending goes on, gradually');
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
  const isOurs = outcome.code === CREDENTIAL_UNAVAILABLE;
  if (outcome.kind === 'transient' && seen.counted && !isOurs) delivery.failures += 1;
}

function errorOf(outcome: { code: string; message: string }, status: number | null): FactError {
  const message = outcome.message.slice(0, MAX_MESSAGE_CHARACTERS);
  return { code: outcome.code.slice(0, MAX_MESSAGE_CHARACTERS), message, status };
}

function stepAfter(
  outcome: Lookup,
  { failures }: Delivery,
  lookup: boolean,
  { settings, random }: LaneOfCall,
): NextStep {
  const context = { failures, settings, random };
  return lookup || outcome.kind === 'absent'
    ? afterLookup(outcome, context)
    : afterCreate(outcome, context);
}

function follow(step: NextStep, delivery: Delivery, nowMs: number): DeliveryResult {
  const { key } = delivery;
  switch (step.do) {
    case 'settle': {
      const fact = deliveredFact(delivery, step.verified, nowMs);
      return { kind: 'ended', delivery, ending: { key, fact } };
    }
    case 'deadLetter': {
      const error = delivery.lastError ?? { code: 'UNKNOWN', message: '', status: null };
      const fact = deadLetteredFact(delivery, step.reason, error, nowMs);
      return { kind: 'ended', delivery, ending: { key, fact } };
    }
    case 'retry':
      delivery.verify = step.verify;
      return { kind: 'again', delivery, afterMs: step.afterMs };
  }
}

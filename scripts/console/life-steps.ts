import type { LifeStep } from '../../lib/console/console-source.ts';
import type { Attempt } from '../../lib/event/fact.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';
import { describeDuration } from '../range-flags.ts';

type Step = Omit<LifeStep, 'sinceMs'>;

/** The life of an event as steps, in order; an attempt that several facts repeat is one. Pure. */
export function lifeSteps(facts: readonly TimelineEntry[]): LifeStep[] {
  const known = new Set<string>();
  const steps = facts.flatMap((fact) => {
    const run = fact.replay ? `, replay ${fact.replay.runId}` : '';
    const attempts = 'attempts' in fact ? (fact.attempts ?? []) : [];
    const fresh = attempts.filter(({ at }) => !known.has(`${run} ${at}`));
    const number = countOf(known, run);
    for (const { at } of fresh) known.add(`${run} ${at}`);
    return [
      ...fresh.map((attempt, index) => attemptStep(attempt, number + index + 1)),
      stepOf(fact, run),
    ];
  });
  const startMs = Date.parse(steps[0]?.at ?? '');
  return steps.map((step) => ({ ...step, sinceMs: Date.parse(step.at) - startMs }));
}

const countOf = (known: Set<string>, run: string) =>
  [...known].filter((one) => one.startsWith(`${run} `)).length;

const SUCCESSES = new Set<Attempt['outcome']>(['delivered', 'duplicate']);

function attemptStep({ at, ms, outcome, status, error }: Attempt, number: number): Step {
  const answer = status === null ? 'no response' : `status ${status}`;
  return {
    ...{ at, kind: 'attempt', title: `Attempt ${number}: ${outcome}` },
    detail: `${answer}, ${ms} ms${error === undefined ? '' : `: ${error}`}`,
    isFailure: !SUCCESSES.has(outcome),
  };
}

function stepOf(fact: TimelineEntry, run: string): Step {
  const { at } = fact;
  switch (fact.type) {
    case 'received': {
      const { deferral, replay, keyName } = fact;
      if (deferral !== undefined)
        return step(at, 'received', 'Due again', `Released after deferral ${deferral}${run}`);
      if (replay) return step(at, 'received', 'Replayed', `${replay.runId}: ${replay.reason}`);
      const key = keyName === undefined ? '' : `, with the API key ${keyName}`;
      return step(at, 'received', 'Received', `Durable in the journal${key}`);
    }
    case 'deferred': {
      const { deferral, until, failedAttempts, error } = fact;
      const detail = `Deferral ${deferral} until ${until}, after ${failedAttempts} failed attempts: ${error.code} ${error.message}${run}`;
      return { ...step(at, 'deferred', 'Parked', detail), isFailure: true };
    }
    case 'delivered': {
      const how = fact.verified ? 'The target had it already' : 'The target confirmed it';
      const waited = `first tried ${describeDuration(fact.queuedMs)} after it was received`;
      return step(at, 'delivered', 'Delivered', `${how}; ${waited}${run}`);
    }
    case 'deadLettered': {
      const { reason, error } = fact;
      const detail = `${reason}: ${error.code} ${error.message}${run}`;
      return { ...step(at, 'deadLettered', 'Dead-lettered', detail), isFailure: true };
    }
    case 'dismissed':
      return step(at, 'dismissed', 'Dismissed', fact.reason);
  }
}

function step(at: string, kind: Step['kind'], title: string, detail: string): Step {
  return { at, kind, title, detail, isFailure: false };
}

import type { Attempt } from '../../lib/event/fact.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';
import { describeDuration } from '../range-flags.ts';
import type { TracedFact, TraceHistory } from './trace-history.ts';

/** Where an event stands now, its last delivery counting. */
export interface Standing {
  state: 'delivered' | 'deadLettered' | 'pending';
  /** In a sentence. */
  detail: string;
}

/** The life of an event as lines for a person, in order. Pure. */
export function timelineOf({ facts }: Pick<TraceHistory, 'facts'>): string[] {
  const startMs = Date.parse(facts[0]?.fact.at ?? '');
  return facts.flatMap((found) => linesOf(found, startMs));
}

/** Where it stands: a replay opens it again until it ends too. Pure. */
export function standingOf({ facts }: Pick<TraceHistory, 'facts'>, nowMs: number): Standing {
  const last = facts.at(-1)?.fact;
  if (last?.type === 'delivered') return { state: 'delivered', detail: 'The target has it.' };
  if (last?.type === 'deadLettered')
    return {
      state: 'deadLettered',
      detail: `It is dead-lettered (${last.reason}: ${last.error.message}); npm run replay -- --ids ${last.eventId} tries it again.`,
    };
  const forMs = nowMs - Date.parse(last?.at ?? '');
  const what = last?.replay ? 'Its replay is' : 'It is';
  return {
    state: 'pending',
    detail: `${what} pending for ${describeDuration(forMs)}: not yet delivered, as far as is known here.`,
  };
}

function linesOf({ fact, where }: TracedFact, startMs: number): string[] {
  const line = (at: string, text: string) => `${at}  ${sinceStart(at, startMs)}  ${text}`;
  const run = fact.replay ? ` (replay ${fact.replay.runId})` : '';
  switch (fact.type) {
    case 'received':
      return [
        line(fact.at, receivedText(fact)),
        `${' '.repeat(38)}trace ${fact.traceId}, ${where}`,
      ];
    case 'delivered': {
      const how = fact.verified ? 'delivered: the target had it already' : 'delivered';
      const waited = `${describeDuration(fact.queuedMs)} after it was received`;
      const text = `${how}, first tried ${waited}${run}`;
      return [...attemptLines(fact.attempts, line), line(fact.at, text)];
    }
    case 'deadLettered': {
      const text = `dead-lettered, ${fact.reason}: ${fact.error.code} ${fact.error.message}${run}`;
      return [...attemptLines(fact.attempts, line), line(fact.at, text)];
    }
  }
}

function receivedText({ replay }: TimelineEntry): string {
  return replay
    ? `replayed by ${replay.runId}: ${replay.reason}`
    : 'received, durable in the journal';
}

function attemptLines(attempts: Attempt[], line: (at: string, text: string) => string): string[] {
  return attempts.map(({ at, ms, outcome, status }, index) =>
    line(
      at,
      `attempt ${index + 1}: ${outcome}${status ? ` (${status})` : ', no answer'} in ${ms} ms`,
    ),
  );
}

function sinceStart(at: string, startMs: number): string {
  return `+${describeDuration(Date.parse(at) - startMs)}`.padEnd(12);
}

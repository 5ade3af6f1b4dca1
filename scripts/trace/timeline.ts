import type { ParkedDelivery } from '../../lib/archive/event-history.ts';
import type { Attempt, DeferredFact } from '../../lib/event/fact.ts';
import type { EventStatus } from '../../lib/event/state.ts';
import { statusOfFacts } from '../../lib/event/status-of-facts.ts';
import type { TimelineEntry } from '../../lib/status/timeline.ts';
import { describeDuration } from '../range-flags.ts';
import type { TracedFact, TraceHistory } from './trace-history.ts';

/** Where an event stands now, its last delivery counting. */
export interface Standing {
  state: EventStatus;
  /** When it is tried again, ISO 8601 UTC; of `deferred`. */
  dueAt?: string;
  /** In a sentence. */
  detail: string;
}

/** The life of an event as lines for a person, in order. Pure. */
export function lifeLinesOf({ facts }: Pick<TraceHistory, 'facts'>): string[] {
  const life = new LifeLines(Date.parse(facts[0]?.fact.at ?? ''));
  return facts.flatMap((found) => life.linesOf(found));
}

/** The standing of an event: its state by all of its facts, and by what waits in the spill bucket. Pure. */
export function standingOf(
  { facts, parked }: Pick<TraceHistory, 'facts' | 'parked'>,
  nowMs: number,
): Standing {
  const known = facts.map(({ fact }) => fact);
  const last = known.at(-1);
  const state = statusOfFacts(known);
  switch (state) {
    case 'delivered': {
      const more = last?.type === 'received' ? ` ${pendingDetail(last, nowMs)}` : '';
      return { state, detail: `The target has it.${more}` };
    }
    case 'dismissed': {
      const dismissed = known.findLast((fact) => fact.type === 'dismissed');
      return { state, detail: `It was dead-lettered and is dismissed: ${dismissed?.reason}` };
    }
    case 'deadLettered': {
      const dead = known.findLast((fact) => fact.type === 'deadLettered');
      return { state, detail: `It is dead-lettered (${dead?.reason}: ${dead?.error.message}).` };
    }
    case 'deferred':
    case 'pending': {
      const deferred = known.findLast((fact) => fact.type === 'deferred');
      const waiting =
        state === 'deferred' ? deferred : parked.find((delivery) => isAfter(delivery, last));
      return waiting
        ? deferredStanding(waiting, nowMs)
        : { state: 'pending', detail: pendingDetail(last, nowMs) };
    }
  }
}

function pendingDetail(last: TimelineEntry | undefined, nowMs: number): string {
  const forMs = nowMs - Date.parse(last?.at ?? '');
  const what = last?.replay ? 'Its replay is' : 'It is';
  return `${what} pending for ${describeDuration(forMs)}: not yet delivered, as far as is known here.`;
}

/** Whether it was parked after it was received, or returned, as the last fact says; the archive may be behind. */
function isAfter({ deferral, runId }: ParkedDelivery, last: TimelineEntry | undefined): boolean {
  return !last || (runId === last.replay?.runId && deferral > (last.deferral ?? 0));
}

function deferredStanding(
  { deferral, until }: Pick<DeferredFact, 'deferral' | 'until'>,
  nowMs: number,
): Standing {
  const waitMs = Date.parse(until) - nowMs;
  const when =
    waitMs > 0
      ? `it is tried again at ${until}, in ${describeDuration(waitMs)}`
      : `it was due at ${until}, ${describeDuration(-waitMs)} ago, and is tried again when recover releases it`;
  return {
    state: 'deferred',
    dueAt: until,
    detail: `It is deferred (${ordinal(deferral)} time) and waits in the spill bucket: ${when}.`,
  };
}

/** Makes the lines of one event's life; what a later fact repeats of an earlier one is said once. */
class LifeLines {
  readonly #startMs: number;
  /** By run: when the attempts that were printed started. A fact holds those of earlier deferrals, too. */
  readonly #attempts = new Map<string, Set<string>>();
  /** By run and deferral: when it was due. */
  readonly #dueAt = new Map<string, string>();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  linesOf({ fact, where }: TracedFact): string[] {
    const run = fact.replay ? ` (replay ${fact.replay.runId})` : '';
    switch (fact.type) {
      case 'received':
        return [this.#receivedLine(fact), `${' '.repeat(38)}trace ${fact.traceId}, ${where}`];
      case 'deferred': {
        const { deferral, until, failedAttempts, error } = fact;
        this.#dueAt.set(`${run} ${deferral}`, until);
        const after = `after ${failedAttempts} failed ${failedAttempts === 1 ? 'attempt' : 'attempts'}`;
        const text = `deferred (${ordinal(deferral)} time) until ${until}, ${after}: ${error.code} ${error.message}${run}`;
        return [...this.#attemptLines(fact.attempts, run), this.#line(fact.at, text)];
      }
      case 'delivered': {
        if (fact.verified && fact.attempts.length === 0)
          return [this.#line(fact.at, `not sent again: it was delivered before${run}`)];
        const how = fact.verified ? 'delivered: the target had it already' : 'delivered';
        const waited = `${describeDuration(fact.queuedMs)} after it was received`;
        const text = `${how}, first tried ${waited}${run}`;
        return [...this.#attemptLines(fact.attempts, run), this.#line(fact.at, text)];
      }
      case 'deadLettered': {
        const text = `dead-lettered, ${fact.reason}: ${fact.error.code} ${fact.error.message}${run}`;
        return [...this.#attemptLines(fact.attempts, run), this.#line(fact.at, text)];
      }
      case 'dismissed':
        return [this.#line(fact.at, `dismissed: ${fact.reason}`)];
    }
  }

  #receivedLine({ at, replay, deferral }: TimelineEntry): string {
    const run = replay ? ` (replay ${replay.runId})` : '';
    // It returns with the time of its first receipt: when it was released is known to a minute only, from when it was due.
    if (deferral !== undefined)
      return this.#line(
        this.#dueAt.get(`${run} ${deferral}`) ?? at,
        `due again, and released after that (deferred ${ordinal(deferral)} time)${run}`,
      );
    return this.#line(
      at,
      replay ? `replayed by ${replay.runId}: ${replay.reason}` : 'received, durable in the journal',
    );
  }

  #attemptLines(attempts: Attempt[], run: string): string[] {
    const known = this.#attempts.get(run) ?? new Set<string>();
    this.#attempts.set(run, known);
    return attempts.flatMap(({ at, ms, outcome, status, error }) => {
      if (known.has(at)) return [];
      known.add(at);
      const answer = status ? ` (${status})` : ', no answer';
      const why = error === undefined ? '' : `: ${error}`;
      return [this.#line(at, `attempt ${known.size}: ${outcome}${answer} in ${ms} ms${why}`)];
    });
  }

  #line(at: string, text: string): string {
    const since = `+${describeDuration(Date.parse(at) - this.#startMs)}`.padEnd(12);
    return `${at}  ${since}  ${text}`;
  }
}

/** 1st, 2nd, 3rd, 4th, 11th. */
function ordinal(number: number): string {
  const isTeen = Math.floor(number / 10) % 10 === 1;
  const ending = isTeen ? undefined : ['th', 'st', 'nd', 'rd'][number % 10];
  return `${number}${ending ?? 'th'}`;
}

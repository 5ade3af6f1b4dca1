import type { Attempt, Fact } from '../../lib/event/fact.ts';
import { inOrderOfLife } from '../../lib/event/life-order.ts';

/** One event's life, a line for each thing that happened to it, in order. Pure. */
export function lifeOfEvent(facts: readonly Fact[]): string[] {
  const ordered = inOrderOfLife(facts, (fact) => fact);
  const startMs = Date.parse(ordered[0]?.at ?? '');
  // A fact holds the attempts of earlier deferrals, too.
  return [...new Set(ordered.flatMap((fact) => linesOf(fact, startMs)))];
}

function linesOf(fact: Fact, startMs: number): string[] {
  const at = (time: string) => `${`+${Date.parse(time) - startMs} ms`.padStart(10)}`;
  switch (fact.type) {
    case 'received':
      return fact.deferral
        ? [`${' '.repeat(10)}  returned after deferral ${fact.deferral}`]
        : [`${fact.at}  received, durable in the journal (trace ${fact.traceId})`];
    case 'deferred':
      return [
        ...attemptLines(fact.attempts, at),
        `${at(fact.at)}  deferred until ${at(fact.until).trim()}: ${fact.error.message}`,
      ];
    case 'delivered': {
      const how = fact.verified ? 'delivered; the target had it already' : 'delivered';
      return [...attemptLines(fact.attempts, at), `${at(fact.at)}  ${how}`];
    }
    case 'deadLettered':
      return [
        ...attemptLines(fact.attempts, at),
        `${at(fact.at)}  dead-lettered, ${fact.reason}: ${fact.error.message}`,
      ];
    case 'dismissed':
      return [`${at(fact.at)}  dismissed: ${fact.reason}`];
  }
}

function attemptLines(attempts: Attempt[], at: (time: string) => string): string[] {
  return attempts.map(
    ({ at: time, ms, outcome, status }, index) =>
      `${at(time)}  attempt ${index + 1}: ${outcome}${status ? ` (${status})` : ''} in ${ms} ms`,
  );
}

/** The most eventful life: the event with the most attempts. Pure. */
export function mostEventful(facts: readonly Fact[]): Fact[] {
  const settled = facts.filter((fact) => fact.type !== 'received' && fact.type !== 'dismissed');
  const most = settled.reduce<(typeof settled)[number] | undefined>(
    (best, fact) => (best && best.attempts.length >= fact.attempts.length ? best : fact),
    undefined,
  );
  return most ? facts.filter((fact) => fact.eventId === most.eventId) : [];
}

import type { Fact } from '../event/fact.ts';
import { isJsonObject } from '../event/source-event.ts';
import { type StatusFact, statusOfFacts } from '../event/status-of-facts.ts';
import type { TimelineEntry } from '../status/timeline.ts';
import type { EventQuery, EventSummary } from './console-source.ts';

/** A fact as a search remembers it. */
type SearchedFact = StatusFact & {
  eventId: string;
  name?: string | undefined;
  /** Reason, code and message of a failure. */
  failure?: string | undefined;
};

/** The part of a fact that a search needs. Pure. */
export function searchedFact(fact: Fact | TimelineEntry): SearchedFact {
  const { type, eventId, at, replay, deferral } = fact;
  return {
    ...{ type, eventId, at, name: nameOf(fact), failure: failureOf(fact) },
    ...(replay && { replay }),
    ...(deferral !== undefined && { deferral }),
  };
}

/** The archive keeps the payload, the status table the name. */
function nameOf(fact: Fact | TimelineEntry): string | undefined {
  const { name, payload } = fact as { name?: string; payload?: unknown };
  if (!isJsonObject(payload)) return name;
  return typeof payload.name === 'string' ? payload.name : undefined;
}

function failureOf(fact: Fact | TimelineEntry): string | undefined {
  if (fact.type === 'deferred') return `${fact.error.code} ${fact.error.message}`;
  if (fact.type === 'deadLettered')
    return `${fact.reason}: ${fact.error.code} ${fact.error.message}`;
  return undefined;
}

/** Folds facts into events, and finds those that fit a query. */
export class EventSearch {
  readonly #events = new Map<string, SearchedFact[]>();

  /** Facts may come in any order, and again. */
  take(fact: SearchedFact): void {
    const known = this.#events.get(fact.eventId);
    if (known) known.push(fact);
    else this.#events.set(fact.eventId, [fact]);
  }

  /** The events that fit, newest first. */
  find(query: EventQuery): EventSummary[] {
    const found: EventSummary[] = [];
    for (const [eventId, facts] of this.#events) {
      const summary = summaryOf(eventId, facts);
      if (isWanted(summary, query)) found.push(summary);
    }
    return found.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  }
}

const timeOf = ({ receivedAt, lastAt }: EventSummary) => receivedAt ?? lastAt;

/** An event by its facts, of which there is at least one. Pure. */
export function summaryOf(eventId: string, facts: readonly SearchedFact[]): EventSummary {
  const inTime = facts.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const state = statusOfFacts(facts);
  const failure = inTime.findLast((fact) => fact.failure !== undefined)?.failure;
  return {
    ...{ eventId, state },
    name: inTime.findLast(({ name }) => name !== undefined)?.name ?? null,
    receivedAt: inTime.find(({ type }) => type === 'received')?.at ?? null,
    lastAt: inTime.at(-1)?.at ?? '',
    reason: failure ?? null,
  };
}

function isWanted(event: EventSummary, { id, name, state, reason, fromMs, toMs }: EventQuery) {
  const atMs = Date.parse(timeOf(event));
  return (
    atMs >= fromMs &&
    atMs < toMs &&
    (id === undefined || event.eventId === id) &&
    (state === undefined || event.state === state) &&
    holds(event.name, name) &&
    holds(event.reason, reason)
  );
}

/** Upper and lower case are the same. */
function holds(text: string | null, part: string | undefined): boolean {
  if (part === undefined) return true;
  return text?.toLowerCase().includes(part.toLowerCase()) ?? false;
}

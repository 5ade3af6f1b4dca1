import { latestRun, statusOfFacts } from '../event/status-of-facts.ts';
import type { StatusRow } from './rows.ts';
import type { TimelineEntry } from './timeline.ts';

/**
 * Returns whether a row shows a problem: its event was parked, dead-lettered, dismissed or replayed. An event that is delivered at once has
 * no such row. Pure.
 */
export function isOfProblem({ type, deferral, runId }: StatusRow): boolean {
  return (
    (type !== 'received' && type !== 'delivered') || deferral !== undefined || runId !== undefined
  );
}

/** The states in which an event waits for something other than its turn. */
export type OpenState = 'deferred' | 'deadLettered';

/** An event that waits to be tried again, or for a person. */
export interface OpenEvent {
  eventId: string;
  state: OpenState;
  /** Time since which it has that state, ISO 8601 UTC. */
  since: string;
}

/** The open state of an event, from all of its facts; `undefined` where there is none. Pure. */
export function openEventOf(
  eventId: string,
  facts: readonly TimelineEntry[],
): OpenEvent | undefined {
  const state = statusOfFacts(facts);
  if (state !== 'deferred' && state !== 'deadLettered') return undefined;
  const times = latestRun(facts).flatMap(({ type, at }) => (type === state ? [at] : []));
  return { eventId, state, since: times.toSorted().at(-1) ?? '' };
}

import { isReceived, statusOf } from '../event/state.ts';
import type { Clock, StreamReader } from '../ports.ts';
import { EventTable } from './event-table.ts';
import { deliveryOf, readJournalSince } from './journal-tail.ts';

export interface Backlog {
  /** Events, each replay of one counted by itself, that the journal took and dispatch has not ended. */
  events: number;
  /** False when there was more to read than there was time: then there are at least so many. */
  complete: boolean;
}

/** Counts what waits for dispatch, of what the journal has taken since a time; reads for at most `patienceMs`. */
export async function countBacklog(options: {
  reader: StreamReader;
  clock: Clock;
  sinceMs: number;
  patienceMs: number;
}): Promise<Backlog> {
  const { reader, clock, sinceMs, patienceMs } = options;
  const table = new EventTable();
  const complete = await readJournalSince({
    reader,
    clock,
    sinceMs,
    untilMs: clock.now() + patienceMs,
    onFact: (fact) => table.fold(deliveryOf(fact), fact),
  });
  let events = 0;
  for (let index = 0; index < table.size; index++) {
    const state = table.stateAt(index);
    if (isReceived(state) && statusOf(state) === 'pending') events += 1;
  }
  return { events, complete };
}

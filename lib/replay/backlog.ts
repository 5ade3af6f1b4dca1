import type { Clock, DispatchPositions, StreamReader } from '../ports.ts';
import { readInFlight } from './in-flight.ts';

interface Backlog {
  /** Events, each replay of one counted by itself, that the journal took and dispatch has not ended. */
  events: number;
  /** False when there was more to read than there was time: then there are at least so many. */
  complete: boolean;
}

/** Counts what waits for dispatch; reads for at most `patienceMs`. @throws when the journal or the positions cannot be read */
export async function countBacklog(options: {
  reader: StreamReader;
  positions: DispatchPositions;
  clock: Clock;
  patienceMs: number;
}): Promise<Backlog> {
  const { patienceMs, ...reading } = options;
  const untilMs = reading.clock.now() + patienceMs;
  const { inFlight, complete } = await readInFlight({ ...reading, untilMs });
  return { events: inFlight.size, complete };
}

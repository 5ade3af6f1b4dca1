import { systemClock as clock } from '../../lib/clock.ts';
import type { Fact } from '../../lib/event/fact.ts';
import { givenUpFacts } from '../../lib/replay/given-up.ts';
import { readInFlight } from '../../lib/replay/in-flight.ts';
import type { LiveStack, Stack } from '../stack/stack.ts';
import type { WaitingNote } from '../waiting-note.ts';

/**
 * Reads the journal since a time, and from the position of dispatch on. Returns the events that dispatch may still deliver; what Lambda gave up is not among them.
 */
export async function readJournalEnd(
  stack: Stack,
  { reader, positions }: LiveStack,
  options: { sinceMs: number; onFact: (fact: Fact) => void; note: WaitingNote },
): Promise<Iterable<string>> {
  const { sinceMs, onFact, note } = options;
  const onProgress = (records: number) => note.set(`reading the journal: ${records} records`);
  onProgress(0);
  const { inFlight } = await readInFlight({
    ...{ reader, positions, clock, sinceMs, onFact, onProgress },
  });
  if (inFlight.size > 0) for await (const fact of givenUpFacts(stack)) inFlight.giveUp(fact);
  return inFlight.eventIds();
}

import { VerbatimPayload } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';
import { checkSourceEvent, type FieldProblem } from '../event/source-event.ts';
import type { Clock, Journal } from '../ports.ts';

/** An event as it arrived over HTTP: the parsed body, and the text it was parsed from. */
export interface Arrival {
  payload: unknown;
  json: string;
  traceId: string;
  /** The name of its API key. */
  keyName?: string | undefined;
}

/** What the source is told of an accepted event. */
export interface AcceptedEvent {
  id: string;
  status: 'PENDING';
  receivedAt: string;
  traceId: string;
  /** Which store made it durable. */
  durability: 'stream' | 'spill';
}

export type Acceptance =
  | { accepted: true; event: AcceptedEvent }
  | { accepted: false; problems: FieldProblem[] };

/**
 * Accepts one event: checks it and appends its `received` fact to the journal. An accepted event is durable.
 * Rejects with `JournalUnavailableError` when it is not.
 */
export async function acceptEvent(
  arrival: Arrival,
  { append, clock }: { append: Journal['append']; clock: Clock },
): Promise<Acceptance> {
  const check = checkSourceEvent(arrival.payload);
  if (!check.valid) return { accepted: false, problems: check.problems };
  const fact: ReceivedFact = {
    v: 1,
    type: 'received',
    eventId: check.event.id,
    at: new Date(clock.now()).toISOString(),
    traceId: arrival.traceId,
    ...(arrival.keyName ? { keyName: arrival.keyName } : {}),
    payload: new VerbatimPayload(arrival.json),
  };
  await append(fact);
  return { accepted: true, event: receipt(fact, 'stream') };
}

function receipt(fact: ReceivedFact, durability: AcceptedEvent['durability']): AcceptedEvent {
  return {
    id: fact.eventId,
    status: 'PENDING',
    receivedAt: fact.at,
    traceId: fact.traceId,
    durability,
  };
}

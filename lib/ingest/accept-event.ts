import { VerbatimPayload } from '../event/encode.ts';
import type { ReceivedFact } from '../event/fact.ts';
import { checkSourceEvent, type FieldProblem } from '../event/source-event.ts';
import type { Clock } from '../ports.ts';
import type { TraceContext } from '../trace-context.ts';
import type { Durability, MakeDurable } from './make-durable.ts';

/** An event as it arrived over HTTP: the parsed body, and the text it was parsed from. */
export interface Arrival {
  payload: unknown;
  json: string;
  trace: TraceContext;
  /** The name of its API key. */
  keyName?: string | undefined;
  /** The API's id of the request. */
  requestId?: string | undefined;
  /** When the request arrived, in milliseconds since the epoch: its time is counted from here. */
  arrivedAtMs: number;
}

/** What the source is told of an accepted event. */
export interface AcceptedEvent {
  id: string;
  status: 'PENDING';
  receivedAt: string;
  traceId: string;
  durability: Durability;
}

export type Acceptance =
  | { accepted: true; event: AcceptedEvent }
  | { accepted: false; problems: FieldProblem[] };

/**
 * Accepts one event: checks it and makes its `received` fact durable. An accepted event is durable.
 * Rejects with `NotDurableError` when it is not.
 */
export async function acceptEvent(
  arrival: Arrival,
  { makeDurable, clock }: { makeDurable: MakeDurable; clock: Clock },
): Promise<Acceptance> {
  const check = checkSourceEvent(arrival.payload);
  if (!check.valid) return { accepted: false, problems: check.problems };
  const fact: ReceivedFact = {
    v: 1,
    type: 'received',
    eventId: check.event.id,
    at: new Date(clock.now()).toISOString(),
    ...traceMembersOf(arrival.trace),
    ...(arrival.keyName ? { keyName: arrival.keyName } : {}),
    ...(arrival.requestId ? { requestId: arrival.requestId } : {}),
    payload: new VerbatimPayload(arrival.json),
  };
  const durability = await makeDurable(fact, arrival.arrivedAtMs);
  return { accepted: true, event: receipt(fact, durability) };
}

/** In the order in which a fact is read without its payload (`lib/event/fact-head.ts`). */
function traceMembersOf({ traceId, traceFlags, parentSpanId }: TraceContext) {
  return {
    traceId,
    ...(traceFlags === undefined ? {} : { traceFlags }),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
  };
}

function receipt(fact: ReceivedFact, durability: Durability): AcceptedEvent {
  return {
    id: fact.eventId,
    status: 'PENDING',
    receivedAt: fact.at,
    traceId: fact.traceId,
    durability,
  };
}

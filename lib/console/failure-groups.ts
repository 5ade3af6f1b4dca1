import type { DeadLetterReason, FactError } from '../event/fact.ts';

/** An event that is dead-lettered or parked, as far as it is shown in a list. */
export interface FailedEvent {
  eventId: string;
  /** Time since which it is in this state, ISO 8601 UTC. */
  since: string;
  /** Set for a dead letter. */
  reason?: DeadLetterReason;
  error: FactError;
  /** Due time of a parked event, ISO 8601 UTC. */
  dueAt?: string;
}

/** Events that failed for the same reason with the same message. */
export interface FailureGroup {
  /** A text that identifies the group. */
  key: string;
  reason?: DeadLetterReason;
  code: string;
  /** The message; numbers, and the event's own id, stand as `#` and `ID`. */
  message: string;
  events: FailedEvent[];
}

/** Groups events by reason, code and message, the largest group first. Pure. */
export function groupFailures(events: readonly FailedEvent[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const event of events) {
    const { reason, error } = event;
    const message = commonMessage(error.message, event.eventId);
    const key = JSON.stringify([reason ?? '', error.code, message]);
    const group = groups.get(key);
    if (group) group.events.push(event);
    else
      groups.set(key, {
        ...{ key, code: error.code, message, events: [event] },
        ...(reason === undefined ? {} : { reason }),
      });
  }
  return [...groups.values()].toSorted((a, b) => b.events.length - a.events.length);
}

/** A message without what differs from event to event. */
function commonMessage(message: string, eventId: string): string {
  const withoutId = eventId === '' ? message : message.replaceAll(eventId, 'ID');
  return withoutId
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/gi, 'ID')
    .replaceAll(/\d+/g, '#');
}

import type { SourceEvent } from '../event/source-event.ts';
import { toUnixSeconds } from '../event/timestamp.ts';
import type { TargetItem } from '../ports.ts';

/** The target's item for a checked source event: its four fields, the time in Unix seconds, and the brand. Pure. */
export function enrich(event: SourceEvent, brand: string): TargetItem {
  const timestamp = toUnixSeconds(event.timestamp);
  if (timestamp === undefined) throw new Error(`event ${event.id} was not checked: bad timestamp`);
  return { id: event.id, name: event.name, body: event.body, timestamp, brand };
}

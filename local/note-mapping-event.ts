import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { MappingEvent } from './event-source-mapping/mapping-event.ts';

/** What somebody has to know about; the rest is the ordinary course of things. */
const NOTEWORTHY = new Set<MappingEvent['type']>([
  'retryScheduled',
  'split',
  'discarded',
  'destinationFailed',
  'readFailed',
  'discoveryFailed',
  'checkpointFailed',
]);

/** Logs what went wrong in a mapping, under its name. */
export function noteMappingEvent(mapping: string, event: MappingEvent, log: Log): void {
  const failed = event.type === 'invoked' && event.outcome !== 'delivered';
  if (!failed && !NOTEWORTHY.has(event.type)) return;
  log.warn(mapping, {
    ...event,
    ...('error' in event ? { error: messageOf(event.error) } : {}),
  });
}

import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { FailureKind } from '../lambda/invoke.ts';
import type { DiscardReason } from './failure-destination.ts';

/** A step of a mapping's work; for logs and tests. Nothing depends on it. */
export type MappingEvent =
  | { type: 'shardStarted'; shardId: string }
  | { type: 'shardFinished'; shardId: string }
  | ({ type: 'invoked'; records: number; requestId: string; ms: number } & LaneName &
      InvokedOutcome)
  | ({ type: 'retryScheduled'; records: number; attempts: number; delayMs: number } & LaneName)
  | ({ type: 'split'; records: number } & LaneName)
  | ({ type: 'discarded'; records: number; condition: DiscardReason['condition'] } & LaneName)
  | ({ type: 'destinationFailed'; records: number; error: unknown } & LaneName)
  | { type: 'iteratorExpired'; shardId: string }
  | { type: 'readFailed'; shardId: string; error: unknown }
  /** The shards could not be listed, or their checkpoints not be loaded or saved. */
  | { type: 'discoveryFailed'; error: unknown }
  | { type: 'checkpointFailed'; shardId: string; error: unknown };

/** `partial`: some or all of the batch was reported as failed. */
type InvokedOutcome =
  | { outcome: 'delivered' | 'partial' }
  | { outcome: FailureKind; errorType: string; errorMessage: string };

interface LaneName {
  shardId: string;
  lane: number;
}

export type OnMappingEvent = (event: MappingEvent) => void;

/** The events that are logged; the others are the ordinary course of things. */
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

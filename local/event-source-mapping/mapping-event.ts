import type { DiscardReason } from './failure-record.ts';
import type { FailureKind } from './invoke.ts';

/** What a mapping tells whoever watches it; for logs, metrics and tests. Nothing depends on it. */
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

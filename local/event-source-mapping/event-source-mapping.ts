import { randomUUID } from 'node:crypto';
import type { Clock, StreamReader } from '../../lib/ports.ts';
import type { CheckpointStore } from './checkpoint.ts';
import type { FailureDestination } from './failure-destination.ts';
import { compileFilters } from './filter-pattern.ts';
import type { Invoke } from './invoke.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import { MappingRun, type ShardState } from './mapping-run.ts';
import { assertSettings, type EventSourceMappingSettings } from './settings.ts';

export interface EventSourceMappingOptions {
  settings: EventSourceMappingSettings;
  reader: StreamReader;
  invoke: Invoke;
  /** Absent: what the mapping gives up is dropped, as on AWS. */
  destination?: FailureDestination;
  checkpoints: CheckpointStore;
  clock: Clock;
  /** Jitter, 0 to 1; default `Math.random`. */
  random?: () => number;
  /** Ids of failure objects and of requests that never were; default `randomUUID`. */
  newUuid?: () => string;
  onEvent?: OnMappingEvent;
}

/** A Kinesis → Lambda event source mapping, by the rules of AWS. */
export interface EventSourceMapping {
  /**
   * Resolves when the shards are known and reading begins: what arrives afterwards is delivered. An
   * unreachable stream is asked again and again; unreadable checkpoints reject. Starting again after a
   * stop goes on from the checkpoints; starting twice is an error.
   */
  start(): Promise<void>;
  /**
   * Takes no new batch and no further retry, waits for the invocations that run, and saves the
   * checkpoints. What was waiting for a retry is delivered again after the next start, its attempts counted
   * anew; what was read ahead is read again.
   */
  stop(): Promise<void>;
  /** Every known shard, in order of its id; empty before the first start. */
  state(): ShardState[];
}

/**
 * Creates a mapping; throws a `ConfigError` that names every setting AWS would refuse. At least once: every
 * record is delivered, filtered out, or handed to the failure destination before the checkpoint passes it.
 */
export function createEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  assertSettings(options.settings);
  const shared = {
    ...options,
    destination: options.destination,
    filter: compileFilters(options.settings.filterPatterns ?? []),
    random: options.random ?? Math.random,
    newUuid: options.newUuid ?? randomUUID,
    onEvent: options.onEvent ?? (() => undefined),
  };
  let run: MappingRun | undefined;
  let running = false;
  return {
    async start() {
      if (running) throw new Error('the event source mapping is running already');
      running = true;
      run = new MappingRun(shared);
      await run.start().catch((error: unknown) => {
        running = false;
        throw error;
      });
    },
    async stop() {
      await run?.stop();
      running = false;
    },
    state: () => run?.state() ?? [],
  };
}

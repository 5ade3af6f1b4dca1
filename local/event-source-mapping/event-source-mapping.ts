import { randomUUID } from 'node:crypto';
import { compileFilters } from './filter-pattern.ts';
import { MappingRun } from './mapping-run.ts';
import { assertSettings } from './settings.ts';
import type { RunContext } from './shard-run.ts';

export interface EventSourceMappingOptions
  extends Pick<RunContext, 'settings' | 'reader' | 'invoke' | 'checkpoints' | 'clock' | 'onEvent'> {
  /** Absent: what the mapping gives up is dropped, as on AWS. */
  destination?: RunContext['destination'];
  /** Jitter, 0 to 1; default `Math.random`. */
  random?: () => number;
  /** Ids of failure objects and of requests that never were; default `randomUUID`. */
  newUuid?: () => string;
}

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
}

/**
 * Creates an event source mapping from a Kinesis stream to a function, by the rules of AWS Lambda. The local run needs it because no
 * emulator has one: the retries, bisecting, parallel lanes and partial responses that dispatch relies on happen here. Enhanced
 * fan-out, tumbling windows and on-failure destinations other than S3 are left out.
 *
 * At least once: every record is delivered, filtered out, or handed to the failure destination before the checkpoint passes it.
 *
 * @throws ConfigError that names every setting AWS would refuse
 */
export function createEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  assertSettings(options.settings);
  const shared = {
    ...options,
    destination: options.destination,
    filter: compileFilters(options.settings.filterPatterns ?? []),
    random: options.random ?? Math.random,
    newUuid: options.newUuid ?? randomUUID,
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
  };
}

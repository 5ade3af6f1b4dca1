import * as v from 'valibot';
import type { DispatchState } from '../lib/ports.ts';
import { readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
import type { EventSourceMapping } from './event-source-mapping/event-source-mapping.ts';

/** What `GetEventSourceMapping` says of whether a mapping runs. */
export interface SwitchState {
  state: DispatchState;
  changedAtMs: number;
}

/** Starts and stops a mapping as `UpdateEventSourceMapping` does, and remembers it over a restart. */
export interface MappingSwitch {
  read(): SwitchState;
  /**
   * Resolves with true once it is remembered; the mapping follows when its running invocations have ended. False, and nothing is
   * changed, while it is changing already: AWS refuses that with `ResourceInUseException`.
   */
  setEnabled(enabled: boolean): Promise<boolean>;
  /** Ends the mapping with the pipeline; it stays enabled or disabled as it is. */
  stop(): Promise<void>;
}

const fileSchema = v.object({
  enabled: v.optional(v.boolean(), true),
  changedAtMs: v.optional(v.number(), 0),
});

/** Starts the mapping unless it was disabled before. */
export async function startMappingSwitch(
  mapping: EventSourceMapping,
  path: string,
  now: () => number,
): Promise<MappingSwitch> {
  const saved = await readCheckpointFile(path, fileSchema, 'have dispatch run');
  let { enabled, changedAtMs } = saved;
  if (enabled) await mapping.start();
  let running = enabled;
  let ended = false;
  let turning: Promise<void> = Promise.resolve();

  async function turn(): Promise<void> {
    if (ended) return;
    if (enabled) await mapping.start();
    else await mapping.stop();
    running = !running;
  }

  return {
    read: () => ({ state: stateOf(enabled, running), changedAtMs }),
    async setEnabled(wanted) {
      if (running !== enabled) return false;
      if (wanted === enabled) return true;
      enabled = wanted;
      changedAtMs = now();
      await writeCheckpointFile(path, { enabled, changedAtMs });
      turning = turn();
      return true;
    },
    async stop() {
      ended = true;
      if (running) await mapping.stop();
      await turning;
    },
  };
}

function stateOf(enabled: boolean, running: boolean): DispatchState {
  if (enabled) return running ? 'Enabled' : 'Enabling';
  return running ? 'Disabling' : 'Disabled';
}

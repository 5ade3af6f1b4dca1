import { hostname, userInfo } from 'node:os';
import { systemClock as clock } from '../../lib/clock.ts';
import type { RunHolder } from '../../lib/ports.ts';
import { type Hold, holdLock, LockHeldError } from '../../lib/replay/hold-lock.ts';
import { printNote } from '../output.ts';
import { requireLive, type Stack } from '../stack/stack.ts';

/** Takes the lock of replays. Returns nothing, and prints a line for a person, where another replay is running. */
export async function takeLock(
  stack: Stack,
  runId: string,
  json: boolean,
): Promise<Hold | undefined> {
  const holder = lockHolder(runId);
  const onWait = (other: RunHolder, longestMs: number) => {
    if (!json)
      printNote(
        `${other.runId} of ${other.by} has the lock of replays: looking for up to ${longestMs / 1000} s whether it still runs …`,
      );
  };
  try {
    return await holdLock({ lock: requireLive(stack).replayLock, holder, clock, onWait });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    printNote(`One replay at a time: ${error.message}. Nothing was sent.`);
    return undefined;
  }
}

/** Names this process as the holder of the lock. */
export function lockHolder(runId: string): RunHolder {
  const { username } = userInfo();
  const by = `${username}@${hostname()}, process ${process.pid}`;
  return { runId, by, since: new Date().toISOString() };
}

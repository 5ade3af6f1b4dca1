import { systemClock as clock } from '../../lib/clock.ts';
import type {
  ReplayPlan,
  ReplayProgress,
  ReplaySelection,
} from '../../lib/console/console-source.ts';
import { messageOf } from '../../lib/errors.ts';
import { type Hold, holdLock, LockHeldError } from '../../lib/replay/hold-lock.ts';
import type { RunResult, RunState } from '../../lib/replay/run.ts';
import { UsageError } from '../flags.ts';
import { idInList } from '../id-list.ts';
import { openCheckpoint } from '../replay/checkpoint-log.ts';
import { execute } from '../replay/execute.ts';
import { type ReplayFlags, readFlags } from '../replay/options.ts';
import { lockHolder } from '../replay/take-lock.ts';
import {
  checkpointPath,
  type Decided,
  decide,
  headerOf,
  newRunId,
  requireDispatching,
} from '../replay.ts';
import { commandLine, requireLive, type Stack } from '../stack/stack.ts';

/** A command with more ids than this is not shown. */
const MOST_IDS_IN_COMMAND = 20;

/** Plans and runs replays by the same steps as `npm run replay`: dry run, lock, checkpoint. One runs at a time. */
export function createReplayJob(stack: Stack) {
  let progress: ReplayProgress | null = null;
  let running: { cancel: AbortController; ended: Promise<void> } | undefined;

  const change = (news: Partial<ReplayProgress>) => {
    if (progress) progress = { ...progress, ...news };
  };

  return {
    async plan(selection: ReplaySelection): Promise<ReplayPlan> {
      const flags = flagsOf(stack, selection);
      return planOf(stack, selection, await decide(stack, flags, undefined));
    },
    async start(selection: ReplaySelection, reason: string): Promise<ReplayProgress> {
      if (running)
        throw new UsageError('A replay is running here: wait for its end, or cancel it.');
      const flags = flagsOf(stack, selection, reason);
      await requireDispatching(stack);
      const runId = newRunId();
      const hold = await takeLock(stack, runId);
      const cancel = new AbortController();
      const counts = { planned: 0, appended: 0, refused: 0, startedMs: Date.now(), endedMs: null };
      const started: ReplayProgress = {
        ...{ runId, reason, state: 'planning', note: null, resumeCommand: null },
        ...counts,
      };
      progress = started;
      const ended = runJob({ stack, flags, runId, hold, signal: cancel.signal, change });
      running = { cancel, ended: ended.finally(() => (running = undefined)) };
      return started;
    },
    progress: () => progress,
    async cancel(): Promise<ReplayProgress | null> {
      running?.cancel.abort();
      await running?.ended;
      return progress;
    },
  };
}

/** The inputs of a run. */
interface JobRun {
  stack: Stack;
  flags: ReplayFlags;
  runId: string;
  hold: Hold;
  signal: AbortSignal;
  /** Takes each change of its progress. */
  change: (news: Partial<ReplayProgress>) => void;
}

/** Plans again with the lock held, then appends. Never rejects. */
async function runJob({ stack, flags, runId, hold, signal, change }: JobRun): Promise<void> {
  const path = checkpointPath(flags, runId);
  try {
    const decided = await decide(stack, flags, undefined);
    change({ state: 'running', planned: decided.plan.events });
    const header = headerOf(runId, flags, decided);
    const log = await openCheckpoint(path, header);
    const onState = ({ appended, refused, held }: RunState) =>
      change({ appended, refused, note: held ?? null });
    const result = await execute({
      ...{ ...decided, header, hold, log, signal, onState },
      ...{ maxLagMs: flags.maxLagMs, silent: true },
    }).finally(() => log.close());
    const isWhole = result.end === 'done' && result.refused.length === 0;
    const resumeCommand = isWhole ? null : commandLine(stack, 'replay', ['--resume', path]);
    change({
      ...{ state: 'ended', note: noteOf(result), resumeCommand },
      ...{ appended: result.appended, refused: result.refused.length },
    });
  } catch (error) {
    change({ state: 'failed', note: messageOf(error) });
  } finally {
    await hold.release();
    change({ endedMs: Date.now() });
  }
}

async function takeLock(stack: Stack, runId: string): Promise<Hold> {
  const { replayLock: lock } = requireLive(stack);
  try {
    return await holdLock({ lock, holder: lockHolder(runId), clock });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new UsageError(`One replay at a time: ${error.message}. Nothing was sent.`);
  }
}

/** The selection as the flags of `npm run replay`, which checks them. */
function flagsOf(stack: Stack, selection: ReplaySelection, reason?: string): ReplayFlags {
  const why = reason === undefined ? [] : ['--execute', `--reason=${reason}`];
  return readFlags([...argsOf(selection), ...stack.flags, ...why, '--json']);
}

function argsOf(selection: ReplaySelection): string[] {
  if (selection.kind === 'givenUp') return ['--failures'];
  if (selection.ids.length === 0) throw new UsageError('Select the events to replay first.');
  return ['--dead-lettered', `--ids=${selection.ids.map(idInList).join(',')}`];
}

function planOf(
  stack: Stack,
  selection: ReplaySelection,
  { forecast, notFound, plan }: Decided,
): ReplayPlan {
  const { events, waiting, ratePerSecond, takesMs, sample } = forecast;
  const isLong = selection.kind === 'deadLetters' && selection.ids.length > MOST_IDS_IN_COMMAND;
  return {
    ...{ events, waiting, ratePerSecond, takesMs, notFound },
    damages: plan.damages.length,
    sample: sample.map(({ eventId, name, receivedAt }) => ({
      ...{ eventId, receivedAt },
      name: typeof name === 'string' ? name : '',
    })),
    command: isLong ? null : commandLine(stack, 'replay', argsOf(selection)),
  };
}

const ENDS: Record<RunResult['end'], string> = {
  done: 'All is in the journal again; dispatch delivers it.',
  stopped: 'Cancelled; nothing is lost.',
  unavailable: 'The journal takes nothing at the moment: try again with the command below.',
  behind: 'Dispatch did not catch up: look at the target, then go on with the command below.',
  replaced: 'The lock of replays was lost: another replay may have begun.',
};

function noteOf({ end, refused }: RunResult): string {
  if (end !== 'done' || refused.length === 0) return ENDS[end];
  return `${refused.length} events were not taken by the journal: go on with the command below.`;
}

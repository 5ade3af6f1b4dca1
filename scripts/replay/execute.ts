import { systemClock as clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { givenUpFacts } from '../../lib/replay/given-up.ts';
import type { Hold } from '../../lib/replay/hold-lock.ts';
import { startLagGauge } from '../../lib/replay/lag-gauge.ts';
import type { Plan } from '../../lib/replay/plan.ts';
import { chosenFacts } from '../../lib/replay/replayed-facts.ts';
import { type RunResult, type RunState, runReplay } from '../../lib/replay/run.ts';
import { callsPerEvent, type PaceLimits, rateBesideLive } from '../../lib/replay/write-pace.ts';
import { createProgress } from '../progress.ts';
import { describeDuration } from '../range-flags.ts';
import { requireLive, type Stack } from '../stack/stack.ts';
import { stopSignal } from '../stop-signal.ts';
import { createWaitingNote } from '../waiting-note.ts';
import type { CheckpointLog, RunHeader } from './checkpoint-log.ts';

interface ExecuteOptions {
  stack: Stack;
  plan: Plan;
  header: RunHeader;
  limits: PaceLimits;
  /** Gives way to live events on a target of this rate; absent: it does not. */
  besideLiveOn: number | undefined;
  maxLagMs: number;
  log: CheckpointLog;
  hold: Hold;
  silent: boolean;
  /** Ends the run, as Ctrl-C does. */
  signal?: AbortSignal;
  /** Called with each change of its state. */
  onState?: (state: RunState) => void;
}

/** Appends what was planned, until it is done, `signal` aborts, or Ctrl-C where there is no such signal. */
export async function execute(options: ExecuteOptions): Promise<RunResult> {
  const { stack, plan, header, limits, besideLiveOn, maxLagMs, log, hold } = options;
  const { reader, journal, positions } = requireLive(stack);
  const signal = options.signal ?? stopSignal('Stopped at once; go on with --resume.');
  const note = createWaitingNote(options.silent);
  note.set('reading the journal, to see how far dispatch is behind');
  const readGivenUp = () => givenUpFacts(stack);
  const gauge = await startLagGauge({ reader, positions, clock, readGivenUp }).finally(() =>
    note.stop(),
  );
  const { runId, reason, intoEmptyTarget } = header;
  const target = {
    ratePerSecond: besideLiveOn ?? 0,
    callsPerEvent: callsPerEvent(intoEmptyTarget),
  };
  const show = createProgressView(plan.events, options.silent);
  try {
    return await runReplay(chosenFacts(stack, plan), {
      replay: { runId, reason },
      journal,
      limits,
      rateNow: () =>
        besideLiveOn === undefined
          ? limits.ratePerSecond
          : rateBesideLive(limits.ratePerSecond, target, {
              ratePerSecond: gauge.liveRatePerSecond(),
              lagMs: gauge.lagMs(),
            }),
      lagMs: gauge.lagMs,
      maxLagMs,
      mayAppend: hold.isCertain,
      intoEmptyTarget,
      log,
      clock,
      signal,
      onState(state) {
        show.update(state);
        options.onState?.(state);
      },
    });
  } catch (error) {
    throw new Error(`The replay ended early: ${messageOf(error)}`, { cause: error });
  } finally {
    show.stop();
    await gauge.stop();
  }
}

/** A bar with the rate and the time left. */
function createProgressView(total: number, silent: boolean) {
  const progress = createProgress('replaying', total, silent);
  const startedMs = Date.now();
  return {
    update({ appended, refused, held }: RunState): void {
      const rate = appended / Math.max(0.001, (Date.now() - startedMs) / 1000);
      const left = describeDuration(((total - appended) / Math.max(0.001, rate)) * 1000);
      const failed = refused > 0 ? `, ${refused} refused` : '';
      progress.update(appended, held ?? `${rate.toFixed(1)}/s, ${left} left${failed}`);
    },
    stop: () => progress.stop(),
  };
}

import { systemClock as clock } from '../lib/clock.ts';
import { countBacklog } from '../lib/replay/backlog.ts';
import { switchDispatch } from './dispatch-switch.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { describeDuration } from './range-flags.ts';
import { type LiveStack, openStack, requireLive, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';

const USAGE = `Usage: npm run resume -- [flags]

Starts dispatch again where it was paused, and says what has piled up and how long it takes at the allowed rate.

${STACK_USAGE}
  --json            print the result as one line of JSON

Exit codes: 0 it runs, 1 it does not yet, 2 wrong usage.`;

/** What dispatch had in hand when it was paused arrived before. */
const LOOK_BACK_MS = 900_000;

const PATIENCE_MS = 20_000;

/** `npm run resume`: starts dispatch again. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, { ...STACK_FLAGS, json: { type: 'boolean' } });
    const stack = await openStack(flags);
    try {
      const live = requireLive(stack);
      const tell = flags.json ? () => undefined : (line: string) => printNote(line);
      const before = await live.dispatch.read();
      const piled =
        before.state === 'Enabled' ? undefined : await piledUp(live, before.changedAtMs);
      const state = await switchDispatch(live.dispatch, true, tell);
      const result = { running: state === 'Enabled', state, ...piled };
      if (flags.json) printJson(result);
      else print(linesOf(result, before.state));
      return result.running ? 0 : 1;
    } finally {
      stack.close();
    }
  });
}

interface PiledUp {
  events: number;
  complete: boolean;
  ratePerSecond: number;
}

async function piledUp({ reader, dispatch }: LiveStack, pausedAtMs: number): Promise<PiledUp> {
  const sinceMs = pausedAtMs - LOOK_BACK_MS;
  const backlog = await countBacklog({ reader, clock, sinceMs, patienceMs: PATIENCE_MS });
  return { ...backlog, ratePerSecond: await dispatch.readRatePerSecond() };
}

function linesOf(
  result: { running: boolean; state: string } & Partial<PiledUp>,
  before: string,
): string[] {
  const { running, state, events, complete, ratePerSecond = 1 } = result;
  if (before === 'Enabled') return ['Dispatch is running already.'];
  const first = running ? 'Dispatch is running again.' : `Dispatch is ${state}.`;
  if (events === undefined) return [first];
  const count = `${complete ? '' : 'At least '}${events} events have piled up`;
  const takes = describeDuration((events / ratePerSecond) * 1000);
  return [
    first,
    `${count}: at ${ratePerSecond} a second they take ${takes}, and longer while more come.`,
  ];
}

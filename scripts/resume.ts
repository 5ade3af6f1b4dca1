import { systemClock as clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { countBacklog } from '../lib/replay/backlog.ts';
import { switchDispatch } from './dispatch-switch.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { describeDuration } from './range-flags.ts';
import { type LiveStack, openStack, requireLive, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { createWaitingNote } from './waiting-note.ts';

const USAGE = `Usage: npm run resume -- [flags]

Starts dispatch again where it was paused. Then says what has piled up and how long it takes at the allowed rate, if that can be
counted within 20 s.

${STACK_USAGE}
  --json            print the result as one line of JSON

Exit codes: 0 it runs, 1 it does not yet, 2 wrong usage.`;

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
      const switching = switchDispatch(live.dispatch, true, tell);
      const piled = before.state === 'Enabled' ? undefined : await piledUp(live, tell);
      const state = await switching;
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
  /** Absent where they could not be counted. */
  events?: number;
  complete?: boolean;
  ratePerSecond?: number;
  /** The reason why they could not be counted. */
  uncounted?: string;
}

/** Counts while dispatch starts. Never rejects: dispatch is to run whether or not they can be counted. */
async function piledUp(
  { reader, positions, dispatch }: LiveStack,
  tell: (line: string) => void,
): Promise<PiledUp> {
  const note = createWaitingNote(false, tell);
  note.set(`counting what has piled up, for at most ${PATIENCE_MS / 1000} s`);
  try {
    const backlog = await countBacklog({ reader, positions, clock, patienceMs: PATIENCE_MS });
    return { ...backlog, ratePerSecond: await dispatch.readRatePerSecond() };
  } catch (error) {
    return { uncounted: messageOf(error) };
  } finally {
    note.stop();
  }
}

function linesOf(
  result: { running: boolean; state: string } & Partial<PiledUp>,
  before: string,
): string[] {
  const { running, state, events, complete, ratePerSecond = 1, uncounted } = result;
  if (before === 'Enabled') return ['Dispatch is running already.'];
  const first = running ? 'Dispatch is running again.' : `Dispatch is ${state}.`;
  if (uncounted !== undefined) return [first, `What has piled up is not known: ${uncounted}`];
  if (events === undefined) return [first];
  if (events === 0 && complete) return [first, 'Nothing waits.'];
  const count = `${complete ? '' : 'At least '}${events} events wait`;
  const takes = describeDuration((events / ratePerSecond) * 1000);
  return [
    first,
    `${count}: at ${ratePerSecond} a second they take ${takes}, and longer while more come.`,
  ];
}

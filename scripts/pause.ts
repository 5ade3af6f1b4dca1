import { switchDispatch } from './dispatch-switch.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { commandLine, openStack, requireLive, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';

const USAGE = `Usage: npm run pause -- [flags]

Stops dispatch: nothing more is sent to the target, once the batch in hand is finished. Events are accepted and kept in the
journal as before, and nothing is lost as long as npm run resume comes before the stream drops them.

${STACK_USAGE}
  --json            print the result as one line of JSON

Exit codes: 0 it is paused, 1 it is not yet, 2 wrong usage.`;

/** `npm run pause`: stops dispatch by the state of its event source mapping. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, { ...STACK_FLAGS, json: { type: 'boolean' } });
    const stack = await openStack(flags);
    try {
      const { dispatch } = requireLive(stack);
      const before = await dispatch.read();
      const tell = flags.json ? () => undefined : (line: string) => printNote(line);
      const state = await switchDispatch(dispatch, false, tell);
      const { changedAtMs } = await dispatch.read();
      const keptForMs = keptForHours(stack.settings) * 3_600_000;
      const resumeBefore = new Date(changedAtMs + keptForMs).toISOString();
      const result = { paused: state === 'Disabled', state, resumeBefore };
      if (flags.json) printJson(result);
      else if (result.paused) {
        print(before.state === 'Disabled' ? 'Dispatch was paused already.' : 'Dispatch is paused.');
        print(
          `Events are accepted and kept. Resume it before ${resumeBefore}: ${commandLine(stack, 'resume')}`,
        );
      } else print(`Dispatch is ${state}: it stops when the batch in hand is finished.`);
      return result.paused ? 0 : 1;
    } finally {
      stack.close();
    }
  });
}

/** Then dispatch gives an event up, or the stream drops it. */
function keptForHours(settings: {
  stream_retention_hours: number;
  dispatch_maximum_record_age_seconds: number;
}): number {
  const { stream_retention_hours: hours, dispatch_maximum_record_age_seconds: seconds } = settings;
  return seconds === -1 ? hours : Math.min(hours, seconds / 3600);
}

import { openFlowWatch } from './console/open-source.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { flowLines } from './live/flow-lines.ts';
import { print, printJson } from './output.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { createWaitingNote } from './waiting-note.ts';

const USAGE = `Usage: npm run status -- [flags]

Prints one screen of what happens now: events in, what waits in the journal, dispatch and the target, the rate used and allowed, parked
events, dead letters, spilled and given up ones, the age of the archive. It reads the last minutes of the journal for it.

${STACK_USAGE}
  --json            print the numbers as one line of JSON

Exit codes: 0 it is printed, 1 the journal cannot be read, 2 wrong usage, or the run is stopped.`;

/** `npm run status`: one screen of numbers. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, { ...STACK_FLAGS, json: { type: 'boolean' } });
    const stack = await openStack(flags);
    try {
      const watch = openFlowWatch(stack);
      const note = createWaitingNote(flags.json);
      note.set('reading the journal');
      const flow = await watch.read().finally(async () => {
        note.stop();
        await watch.close();
      });
      if (flags.json) printJson(flow);
      else print(flowLines(stack.name, flow));
      return 0;
    } finally {
      stack.close();
    }
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import type { FlowWatch } from '../lib/console/flow-watch.ts';
import { messageOf } from '../lib/errors.ts';
import { escapeControls } from '../lib/safe-text.ts';
import { openFlowWatch } from './console/open-source.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { flowLines } from './live/flow-lines.ts';
import { openScreen } from './live/screen.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { stopSignal } from './stop-signal.ts';

const USAGE = `Usage: npm run top -- [flags]

Shows what npm run status prints, and updates it until Ctrl-C or q. Then the terminal is as it was.

${STACK_USAGE}

Exit codes: 0 stopped, 2 wrong usage, or no terminal.`;

const EVERY_MS = 500;

/** `npm run top`: the numbers, live. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, STACK_FLAGS);
    if (!process.stdout.isTTY)
      throw new UsageError('npm run top needs a terminal: elsewhere use npm run status -- --json.');
    const stack = await openStack(flags);
    let watch: FlowWatch | undefined;
    const screen = openScreen(process.stdout);
    // However this process ends, the terminal is given back.
    process.on('exit', screen.leave);
    try {
      watch = openFlowWatch(stack);
      const stopping = stopKeys();
      screen.draw([escapeControls(stack.name), '', '  reading the journal …']);
      while (!stopping.aborted) {
        const lines = await watch.read().then(
          (flow) => flowLines(stack.name, flow),
          (error) => [escapeControls(stack.name), '', escapeControls(messageOf(error))],
        );
        if (!stopping.aborted) screen.draw([...lines, '', '  q or Ctrl-C ends it']);
        await delay(EVERY_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
      return 0;
    } finally {
      screen.leave();
      process.stdin.setRawMode?.(false);
      process.stdin.pause();
      await watch?.close();
      stack.close();
    }
  });
}

const CTRL_C = '\u0003';

/** Aborts at Ctrl-C, q or SIGTERM; a second key ends the process at once. In raw mode the terminal makes no signal of Ctrl-C. */
function stopKeys(): AbortSignal {
  if (!process.stdin.isTTY) return stopSignal();
  const stopping = new AbortController();
  process.stdin.setRawMode(true);
  process.stdin.on('data', (keys) => {
    if (!['q', CTRL_C].some((key) => keys.toString().includes(key))) return;
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
  });
  return AbortSignal.any([stopping.signal, stopSignal()]);
}

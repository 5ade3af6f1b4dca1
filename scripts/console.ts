import { startConsoleServer } from '../console/server/console-server.ts';
import { openConsoleSource } from './console/open-source.ts';
import { exitCodeOf, integerFlag, isHelp, parseFlags, UsageError } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { aborted, stopSignal } from './stop-signal.ts';

const FLAGS = {
  ...STACK_FLAGS,
  port: { type: 'string' },
  'allow-actions': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run console -- --stack WHERE [flags]

Serves the console for a pipeline, on this machine only, until Ctrl-C. It reads with the credentials of the person who starts it, as the AWS CLI
finds them. A run on this machine serves its own: npm start prints the address.

${STACK_USAGE}
  --port N          port on 127.0.0.1 (default 4002; 0 takes a free one)
  --allow-actions   replay, pause and resume from the page; without it the console only reads
  --json            print the address as one line of JSON

Exit codes: 0 stopped by Ctrl-C, 2 wrong usage.`;

/** `npm run console`: the console of a deployment, until Ctrl-C. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const port = integerFlag('port', flags.port, { min: 0, max: 65_535, fallback: 4002 });
    const allowActions = flags['allow-actions'] ?? false;
    const stack = await openStack(flags);
    const source = openConsoleSource(stack);
    const server = await startConsoleServer({ source, port, allowActions }).catch(async (error) => {
      await source.close();
      throw refusalOf(error, port);
    });
    if (flags.json) printJson({ url: server.url, allowActions });
    else print(linesOf(stack.name, server.url, allowActions));
    await aborted(stopSignal());
    printNote('Stopping …');
    await server.close();
    return 0;
  });
}

function linesOf(name: string, url: string, allowActions: boolean): string[] {
  return [
    `The console of ${name}: ${url}`,
    allowActions
      ? 'Replays, pauses and resumes are allowed.'
      : 'It only reads; --allow-actions allows replays, pauses and resumes.',
    'Stop: Ctrl-C',
  ];
}

/** The error of a server that does not start; a port in use needs no stack trace. */
function refusalOf(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new UsageError(`Port ${port} is in use: name another with --port, or 0 for a free one.`);
}

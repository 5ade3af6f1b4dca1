import { parseFlags, targetUsage } from './flags.ts';
import { type RunningTarget, startTarget, type TargetOptions } from './start-target.ts';

const EXIT_BAD_START = 2;

const parsed = parseFlags(process.argv.slice(2));
switch (parsed.type) {
  case 'help':
    process.stdout.write(targetUsage);
    break;
  case 'bad':
    refuse(parsed.problems.join('; '));
    break;
  case 'run':
    await run(parsed.options);
    break;
}

/**
 * Runs until a signal; or, under a parent that holds an IPC channel, until that channel closes: a terminal's Ctrl-C
 * reaches every process of the local run, and the target has to outlast the batch in hand.
 */
async function run(options: TargetOptions): Promise<void> {
  const target = await startTarget(options).catch((error: Error) => refuse(error.message));
  if (!target) return;
  const ready = { ready: true, url: target.url };
  const end = () => stop(target);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, process.send ? () => undefined : end);
  process.on('disconnect', end);
  if (process.send) process.send(ready);
  else process.stdout.write(`${JSON.stringify(ready)}\n`);
}

async function stop(target: RunningTarget): Promise<void> {
  await target.close();
  process.exit(0);
}

function refuse(problem: string): undefined {
  process.stderr.write(`target: ${problem.replaceAll('\n', ' ')}\n`);
  process.exitCode = EXIT_BAD_START;
}

import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import type { OutputLine } from '../../../local/lambda/environment.ts';
import {
  createFunction,
  type FunctionOptions,
  type LocalFunction,
} from '../../../local/lambda/function.ts';

interface TestFunction extends LocalFunction {
  lines: OutputLine[];
  /** Waits until the function has written a line. */
  wrote(text: string): Promise<OutputLine>;
  /** Lets the invocation go on that holds under this name. */
  release(name: string): Promise<void>;
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
}

/** A function of the probe bundle (or another), which ends with the test. */
export function testFunction(options: Partial<FunctionOptions> = {}): TestFunction {
  const lines: OutputLine[] = [];
  const fn = createFunction({
    name: 'probe',
    bundle: fixture('probe'),
    timeoutMs: 20_000,
    memoryMb: 256,
    maxEnvironments: 2,
    onLog: (line) => lines.push(line),
    ...options,
  });
  onTestFinished(() => fn.kill());
  const wrote = (text: string) =>
    vi.waitFor(
      () => {
        const line = lines.find((candidate) => candidate.text === text);
        if (!line) throw new Error(`Not written yet: ${text}`);
        return line;
      },
      { timeout: 20_000, interval: 5 },
    );
  const release = async (name: string) => {
    const { pid } = await wrote(`holding ${name}`);
    if (pid) process.kill(pid, 'SIGUSR2');
  };
  return { ...methodsOf(fn), lines, wrote, release };
}

/** The function's methods, bound, since it is a class instance that cannot be spread. */
function methodsOf(fn: LocalFunction): LocalFunction {
  return {
    functionArn: fn.functionArn,
    invoke: fn.invoke,
    warm: (count) => fn.warm(count),
    stop: () => fn.stop(),
    kill: () => fn.kill(),
    pids: () => fn.pids(),
    running: () => fn.running(),
    isFull: () => fn.isFull(),
  };
}

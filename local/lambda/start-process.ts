import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { setPriority } from 'node:os';
import { dirname } from 'node:path';
import type { RuntimeArguments } from './messages.ts';

export interface ProcessOptions {
  bundle: string;
  functionArn: string;
  memoryMb: number;
  /** How far it stands back for other processes, 0 (not at all) to 19. */
  niceness: number;
  /** The whole environment of the process. */
  variables: Record<string, string>;
}

let strippedRuntime: string | undefined;

/**
 * Starts the process of one environment. The runtime goes to it as JavaScript on its standard
 * input: a process that strips the types itself is ready 60 ms later (50 against 110 ms, measured).
 *
 * V8's limit is the share of the memory size that Lambda's runtime gives it. Memory outside the
 * JavaScript heap, such as buffers, is not limited here as it is on Lambda.
 */
export function startProcess(options: ProcessOptions): ChildProcess {
  const { bundle, functionArn, memoryMb, niceness, variables } = options;
  const runtimeArguments: RuntimeArguments = [bundle, functionArn];
  const heapLimit = `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`;
  const child = spawn(
    process.execPath,
    [heapLimit, '--input-type=module', '-', ...runtimeArguments],
    {
      cwd: dirname(bundle),
      env: variables,
      serialization: 'advanced',
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    },
  );
  if (niceness > 0 && child.pid) setPriority(child.pid, niceness);
  // A process that ends before it has read the runtime is reported by its exit.
  child.stdin?.on('error', () => {});
  child.stdin?.end(runtimeSource());
  return child;
}

function runtimeSource(): string {
  strippedRuntime ??= stripTypeScriptTypes(
    readFileSync(new URL('runtime.ts', import.meta.url), 'utf8'),
  );
  return strippedRuntime;
}

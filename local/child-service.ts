import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { finished } from 'node:stream/promises';
import { NICENESS } from './niceness.ts';

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/** The end of a service's process. */
export interface ServiceExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Its error output; empty after a clean end. */
  stderr: string;
}

/** A process beside this one that serves something, and ends when this one ends, however that happens. */
export interface ChildService<Ready> {
  pid: number;
  /** The message of the process when it was ready. */
  ready: Ready;
  child: ChildProcess;
  /** Never rejects. */
  exited: Promise<ServiceExit>;
  /** Asks it to end and waits; after ten seconds it is killed. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a script that says one JSON message over IPC when it is ready, and that ends when its IPC channel closes.
 * Rejects with what it wrote on stderr when it cannot start.
 */
export async function startChildService<Ready>(
  main: string,
  flags: string[],
): Promise<ChildService<Ready>> {
  const child = fork(main, flags, {
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=DeprecationWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  if (child.pid) setPriority(child.pid, NICENESS.behindFront);
  const exited = watchExit(child);
  const ready = await untilReady<Ready>(child, exited);
  return {
    pid: child.pid ?? 0,
    ready,
    child,
    exited,
    async stop() {
      if (child.connected) child.disconnect();
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await exited;
      clearTimeout(impatience);
    },
  };
}

function watchExit(child: ChildProcess): Promise<ServiceExit> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ code: null, signal: null, stderr: message }));
    // Not 'close': that never comes for a child that we hung up on.
    child.once('exit', async (code, signal) => {
      if (child.stderr) await finished(child.stderr);
      resolve({ code, signal, stderr: stderr.trim() });
    });
  });
}

function untilReady<Ready>(child: ChildProcess, exited: Promise<ServiceExit>): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${child.spawnargs[1]} was not ready within ${START_WITHIN_MS / 1000} s`));
    }, START_WITHIN_MS);
    child.once('message', (message) => {
      clearTimeout(late);
      resolve(message as Ready);
    });
    exited.then(({ code, signal, stderr }) => {
      clearTimeout(late);
      reject(new Error(stderr || `${child.spawnargs[1]} ended at once (${signal ?? code})`));
    });
  });
}

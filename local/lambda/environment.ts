import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { setPriority } from 'node:os';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import type {
  EnvironmentMessage,
  ErrorReport,
  InvocationMessage,
  RuntimeArguments,
} from './messages.ts';
import { wakeAtParentEnd } from './process-warden.ts';

interface EnvironmentOptions extends ProcessOptions {
  onLine(line: OutputLine): void;
  /** Stops the process between invocations, as Lambda does: no timer runs and no packet is read. */
  isFrozenAtRest: boolean;
}

/** How a process ended without answering. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** V8 said that its heap is full before it aborted. */
  outOfMemory: boolean;
  /** What the process reported on its way out, when an error that nobody caught ended it. */
  lastError?: ErrorReport | undefined;
}

/** One line that an environment wrote; the request is the one that was running then, if any. */
export interface OutputLine {
  stream: 'stdout' | 'stderr';
  text: string;
  requestId: string | undefined;
  pid: number | undefined;
}

/** The outcome of starting an environment, or of running an invocation in it. */
export type Outcome =
  | { type: 'ready' }
  | { type: 'initError'; error: ErrorReport }
  | { type: 'result'; responseJson: string }
  | { type: 'error'; error: ErrorReport }
  | { type: 'exit'; exit: Exit }
  | { type: 'notStarted'; why: string };

/** Longest wait for the last output of a dead process; a child of its own may hold it open. */
const lastOutputMs = 250;

/** One execution environment: a process that runs one invocation at a time. */
export class Environment {
  /** Settles once: `ready`, or why it never will be. */
  readonly ready: Promise<Outcome>;
  /** Settles when the process is gone. */
  readonly ended: Promise<Outcome>;
  #child: ChildProcess;
  #onLine: EnvironmentOptions['onLine'];
  #isFrozenAtRest: boolean;
  #alive = true;
  #requestId: string | undefined;
  #lastError: ErrorReport | undefined;
  #heapFull = false;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(options: EnvironmentOptions) {
    this.#onLine = options.onLine;
    this.#isFrozenAtRest = options.isFrozenAtRest;
    this.#child = startProcess(options);
    if (options.isFrozenAtRest && this.#child.pid) wakeAtParentEnd(this.#child.pid);
    this.#child.on('message', (message) => this.#hear(message as EnvironmentMessage));
    this.#readLines('stdout', this.#child.stdout);
    this.#readLines('stderr', this.#child.stderr);
    this.ready = this.#next();
    this.ended = this.#end();
    // Not a race with `ended` in each run: a promise that lives long keeps all who wait for it.
    this.ended.then((outcome) => this.#settle?.(outcome));
  }

  /** False as soon as the process is known to be gone, or was told to go. */
  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Runs one invocation; the caller sees to it that no other is running. Never rejects. */
  run(message: InvocationMessage): Promise<Outcome> {
    if (!this.#alive) return this.ended;
    this.#requestId = message.requestId;
    const outcome = this.#next();
    if (this.#isFrozenAtRest) this.#child.kill('SIGCONT');
    // A channel that closed under us is reported by the exit that follows.
    this.#child.send(message, () => {});
    return outcome;
  }

  /** Ends the process at once, whatever it is doing and also if it is frozen; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#alive = false;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #next(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  #hear(message: EnvironmentMessage): void {
    if (message.type === 'fatal') {
      this.#lastError = message.error;
      return;
    }
    // What the process wrote before it answered is in the pipes by now: one turn of the event
    // loop lets it be read, and so be logged under the right request.
    setImmediate(() => {
      this.#requestId = undefined;
      // After a failed start the process ends by itself.
      if (this.#isFrozenAtRest && message.type !== 'initError') this.#child.kill('SIGSTOP');
      this.#settle?.(message);
    });
  }

  async #end(): Promise<Outcome> {
    const child = this.#child;
    const closed = once(child, 'close').catch(() => {});
    try {
      const [code, signal] = await once(child, 'exit');
      this.#alive = false;
      await Promise.race([closed, new Promise((done) => setTimeout(done, lastOutputMs))]);
      const outOfMemory = this.#heapFull && (signal === 'SIGABRT' || code === 134);
      return { type: 'exit', exit: { code, signal, outOfMemory, lastError: this.#lastError } };
    } catch (error) {
      this.#alive = false;
      return { type: 'notStarted', why: `The function's process did not start: ${error}` };
    }
  }

  #readLines(stream: OutputLine['stream'], source: Readable | null): void {
    const splitter = lineSplitter((text) => {
      if (text.includes('JavaScript heap out of memory')) this.#heapFull = true;
      this.#onLine({ stream, text, requestId: this.#requestId, pid: this.pid });
    });
    source?.setEncoding('utf8').on('data', splitter.push).on('end', splitter.flush);
  }
}

interface ProcessOptions {
  bundle: string;
  functionArn: string;
  memoryMb: number;
  /** Scheduling priority, 0 to 19. */
  niceness: number;
  /** Difference of its wall clock from that of the machine, in whole milliseconds. */
  clockOffsetMs: number;
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
function startProcess(options: ProcessOptions): ChildProcess {
  const { bundle, functionArn, memoryMb, niceness, clockOffsetMs, variables } = options;
  const runtimeArguments: RuntimeArguments = [bundle, functionArn, String(clockOffsetMs)];
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

/**
 * Cuts a stream of text chunks into lines. `flush` gives what is left without a newline at the
 * end of the stream.
 */
function lineSplitter(onLine: (line: string) => void): {
  push(chunk: string): void;
  flush(): void;
} {
  let rest = '';
  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line.replace(/\r$/, ''));
    },
    flush() {
      if (rest) onLine(rest);
      rest = '';
    },
  };
}

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Exit } from './failures.ts';
import { lineSplitter } from './lines.ts';
import type { EnvironmentMessage, ErrorReport, InvocationMessage } from './messages.ts';
import { type ProcessOptions, startProcess } from './start-process.ts';

export interface EnvironmentOptions extends ProcessOptions {
  onLine(line: OutputLine): void;
}

/** One line that an environment wrote; the request is the one that was running then, if any. */
export interface OutputLine {
  stream: 'stdout' | 'stderr';
  text: string;
  requestId: string | undefined;
  pid: number | undefined;
}

/** What comes of starting an environment, or of running an invocation in it. */
export type Outcome =
  | { type: 'ready' }
  | { type: 'initError'; error: ErrorReport }
  | { type: 'result'; responseJson: string }
  | { type: 'error'; error: ErrorReport }
  | { type: 'exit'; exit: Exit }
  | { type: 'notStarted'; why: string };

/** How long the last output of a dead process is waited for; a child of its own may hold it open. */
const lastOutputMs = 250;

/** One execution environment: a process that runs one invocation at a time. */
export class Environment {
  /** When the process was started, on the clock of `performance.now()`. */
  readonly startedAt = performance.now();
  /** Settles once: `ready`, or why it never will be. */
  readonly ready: Promise<Outcome>;
  /** Settles when the process is gone. */
  readonly ended: Promise<Outcome>;
  #child: ChildProcess;
  #onLine: EnvironmentOptions['onLine'];
  #alive = true;
  #requestId: string | undefined;
  #lastError: ErrorReport | undefined;
  #heapFull = false;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(options: EnvironmentOptions) {
    this.#onLine = options.onLine;
    this.#child = startProcess(options);
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
    // A channel that closed under us is reported by the exit that follows.
    this.#child.send(message, () => {});
    return outcome;
  }

  /** Ends the process at once, whatever it is doing; resolves when it is gone. */
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

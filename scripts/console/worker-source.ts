import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ConsoleSource } from '../../lib/console/console-source.ts';

export interface WorkerOptions {
  /** Data folder of the run on this machine. */
  dataDir: string;
}

export interface WorkerCall {
  id: number;
  method: keyof ConsoleSource;
  args: unknown[];
}

export interface WorkerAnswer {
  id: number;
  value?: unknown;
  /** An error keeps its name and message. */
  error?: { name: string; message: string };
}

/** The thread ends when it was not called for this long, and nothing runs in it. */
const IDLE_MS = 120_000;

/** A replay ends within this, after what it is appending. */
const CLOSE_WITHIN_MS = 5000;

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/**
 * A console source in a thread of its own, which starts with the first call. Reading an archive or a journal takes much processor time, and must not delay the
 * requests that this process serves; a run whose console no one opens pays nothing for it.
 */
export function createWorkerSource(options: WorkerOptions): ConsoleSource {
  const thread = new SourceThread(options);
  const call =
    <Method extends keyof ConsoleSource>(method: Method) =>
    (...args: unknown[]) =>
      thread.call(method, args) as ReturnType<ConsoleSource[Method]>;
  return {
    describe: call('describe'),
    flow: call('flow'),
    searchEvents: call('searchEvents'),
    eventLife: call('eventLife'),
    failures: call('failures'),
    planReplay: call('planReplay'),
    startReplay: call('startReplay'),
    replayProgress: call('replayProgress'),
    cancelReplay: call('cancelReplay'),
    setDispatching: call('setDispatching'),
    startAudit: call('startAudit'),
    auditProgress: call('auditProgress'),
    close: () => thread.close(),
  };
}

class SourceThread {
  readonly #options: WorkerOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #calls = 0;
  #isClosed = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  call(method: keyof ConsoleSource, args: unknown[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error('The console is closing.'));
    this.#worker ??= this.#start();
    this.#endWhenIdle();
    return this.#send(this.#worker, method, args);
  }

  /** Ends a replay after what it is appending, then the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    const worker = this.#worker;
    if (worker) await this.#end(worker);
  }

  /** A thread that is busy reading must not hold up the end of the run. */
  async #end(worker: Worker): Promise<void> {
    const closed = this.#send(worker, 'close', []).catch(() => undefined);
    await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    await worker.terminate();
  }

  #send(worker: Worker, method: keyof ConsoleSource, args: unknown[]): Promise<unknown> {
    const call: WorkerCall = { id: this.#calls++, method, args };
    return new Promise((resolve, reject) => {
      this.#pending.set(call.id, { resolve, reject });
      worker.postMessage(call);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./source-worker.ts', import.meta.url), {
      workerData: this.#options,
    });
    worker.unref();
    worker.on('message', ({ id, value, error }: WorkerAnswer) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(Object.assign(new Error(error.message), { name: error.name }));
      else pending?.resolve(value as never);
    });
    worker.on('error', (error) => this.#fail(error as Error));
    worker.on('exit', () => this.#fail(new Error('The thread of the console ended.')));
    return worker;
  }

  /** The next call starts another thread. */
  #fail(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#endUnlessBusy(), IDLE_MS);
    this.#idle.unref();
  }

  async #endUnlessBusy(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const jobs = await Promise.all([
      this.#send(worker, 'replayProgress', []),
      this.#send(worker, 'auditProgress', []),
    ]).catch(() => []);
    const isBusy = jobs.some((job) => (job as { endedMs: number | null } | null)?.endedMs === null);
    if (isBusy) this.#endWhenIdle();
    else await this.#end(worker);
  }
}

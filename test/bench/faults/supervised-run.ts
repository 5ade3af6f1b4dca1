import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_API_KEY } from '../../../local/pipeline-options.ts';
import { portsFrom, requireFreePorts } from '../../../local/ports.ts';
import { readProcesses } from '../processes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const RUN = join(ROOT, 'scripts/run.mjs');

/** The target stores a second item for a second creation, which would otherwise stay hidden. */
const FLAGS = [
  ...['--json', '--rate', '200', '--target-allow-duplicates'],
  ...['--archive-seconds', '2', '--recover-seconds', '2', '--api-key', DEFAULT_API_KEY],
];

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const MOST_RESTARTS = 20;

/** Ways to start a run. */
export interface Launch {
  /** Start it by `npm start`, as people do; npm is then its parent. */
  withNpm?: boolean;
  /** The most descriptors that a process may have (`ulimit -n`). */
  descriptors?: number;
}

export type ProcessName =
  | 'npm'
  | 'main'
  | 'emulators'
  | 'target'
  | 'authorize'
  | 'ingest'
  | 'dispatch'
  | 'project'
  | 'recover';

/** A local run on one data folder and the same ports, which is started again whenever it ends by itself. */
export class SupervisedRun {
  readonly dataDir: string;
  readonly basePort: number;
  /** Times that the run ended by itself. */
  ended = 0;
  /** Lines on stderr and exit codes, in order. */
  readonly seen: string[] = [];
  /** Process groups of all starts. */
  readonly #groups: number[] = [];
  #child: ChildProcess | undefined;
  #closed: Promise<void> = Promise.resolve();
  #isWanted = false;
  #up: Promise<boolean> = Promise.resolve(false);

  constructor(dataDir: string, basePort: number) {
    this.dataDir = dataDir;
    this.basePort = basePort;
  }

  /** Starts the run; resolves with whether it became ready. */
  start(launch: Launch = {}): Promise<boolean> {
    this.#isWanted = true;
    this.#up = this.#launch(launch);
    return this.#up;
  }

  /** Resolves when the run, or the one that was started in its place, is ready; or with false when there is none. */
  async untilUp(): Promise<boolean> {
    for (;;) {
      const up = this.#up;
      const isUp = await up;
      if (up === this.#up) return isUp;
    }
  }

  /** Ends the run on purpose. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#isWanted = false;
    await this.#up;
    this.signalGroup(signal);
    const late = setTimeout(() => {
      this.saw(`did not stop within ${STOP_WITHIN_MS / 1000} s`);
      this.signalGroup('SIGKILL');
    }, STOP_WITHIN_MS);
    await this.#closed;
    clearTimeout(late);
  }

  signalGroup(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid && exitCode === null && signalCode === null) kill(-pid, signal);
  }

  /** Sends a signal to every process of that name; answers how many there were. */
  async signal(name: ProcessName, signal: NodeJS.Signals): Promise<number> {
    const processes = await readProcesses(this.#groups);
    const named = processes.filter((candidate) => candidate.name === name);
    for (const { pid } of named) kill(pid, signal);
    return named.length;
  }

  /** Ends what the run has left behind, and answers the names. */
  async removeLeftBehind(): Promise<string[]> {
    await delay(1000);
    const left = await readProcesses(this.#groups);
    for (const { pid } of left) kill(pid, 'SIGKILL');
    return left.map(({ name }) => name);
  }

  saw(line: string): void {
    this.seen.push(line.replaceAll(this.dataDir, 'DATA').replaceAll(`${ROOT}/`, ''));
  }

  async #launch(launch: Launch): Promise<boolean> {
    const child = spawnStart(['--base-port', String(this.basePort)], this.dataDir, launch);
    this.#child = child;
    this.#groups.push(child.pid ?? 0);
    const closed = this.#watch(child);
    this.#closed = closed.then(() => undefined);
    const isReady = await untilReady(child, closed);
    if (isReady) closed.then(() => this.#endedByItself(launch));
    return isReady;
  }

  #watch(child: ChildProcess): Promise<void> {
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      const isAskedFor = line.startsWith('Stopping: ') && !this.#isWanted;
      if (line.trim() !== '' && !isAskedFor) this.saw(line.trim());
    });
    return new Promise((resolve) => {
      child.on('close', (code) => {
        if (code && this.#isWanted) this.saw(`[exit ${code}]`);
        resolve();
      });
    });
  }

  #endedByItself(launch: Launch): void {
    if (!this.#isWanted) return;
    this.ended += 1;
    this.#up = this.#startAgain(launch);
  }

  async #startAgain(launch: Launch): Promise<boolean> {
    for (let n = 0; n < MOST_RESTARTS && this.#isWanted; n++) {
      if (await this.#launch(launch)) return true;
      await delay(1000);
    }
    return false;
  }
}

/** Starts a run with these flags and data folder, in a process group of its own. */
export function spawnStart(flags: string[], dataDir: string, launch: Launch = {}): ChildProcess {
  const all = [...FLAGS, '--data-dir', dataDir, ...flags];
  const [file, args] = commandOf(all, launch);
  // npm takes the first `node` of the path.
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  return spawn(file, args, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH, NO_COLOR: '1', npm_lifecycle_event: undefined },
  });
}

function commandOf(flags: string[], { withNpm, descriptors }: Launch): [string, string[]] {
  if (withNpm) return ['npm', ['--silent', 'start', '--', ...flags]];
  const node = [process.execPath, RUN, 'start', ...flags] as const;
  if (descriptors === undefined) return [node[0], node.slice(1)];
  return ['sh', ['-c', `ulimit -n ${descriptors} && exec "$0" "$@"`, ...node]];
}

async function untilReady(child: ChildProcess, closed: Promise<void>): Promise<boolean> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const late = setTimeout(() => kill(-(child.pid ?? 0), 'SIGKILL'), READY_WITHIN_MS);
  const isReady = await Promise.race([
    // npm writes lines of its own when scripts/run.mjs installs something first.
    new Promise<boolean>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('{')) resolve(true);
      });
    }),
    closed.then(() => false),
  ]);
  clearTimeout(late);
  return isReady;
}

/** The first of as many free ports in a row as a run takes. */
export async function freeBasePort(): Promise<number> {
  for (;;) {
    // Below the ports that Linux gives to outgoing connections.
    const base = 20_000 + Math.floor(Math.random() * 1000) * 10;
    const isFree = await requireFreePorts(portsFrom(base)).then(
      () => true,
      () => false,
    );
    if (isFree) return base;
  }
}

/** A process that has just ended is no error. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { type RunningCommand, startLocalRun } from '../../support/start-process.ts';
import { type ProcessUse, readProcesses } from '../processes.ts';
import type { LoadResult } from './load.ts';

/** A run's addresses and key. */
export interface BenchEndpoints {
  api: string;
  apiKey: string;
  target: string;
}

export interface BenchRun {
  endpoints: BenchEndpoints;
  /** From the start of the command to its first line. */
  startMs: number;
  /** Reads the run's processes. */
  processes(): Promise<ProcessUse[]>;
  load(options: Load): Promise<LoadResult>;
  /** Resolves with the number of events at the target, once it has that many or after a minute. */
  untilCreated(count: number): Promise<number>;
  stop(): Promise<void>;
}

export interface Load {
  /** Events a second. */
  rate: number;
  seconds: number;
  /** Use connections again; the default. */
  keepAlive?: boolean;
}

/** Starts what is measured, with a target that takes `ratePerSecond` calls. */
export type StartBenchRun = (ratePerSecond: number) => Promise<BenchRun>;

const LOAD = join(import.meta.dirname, 'load.ts');

/** `npm start` with a data folder of its own. */
export const startBenchRun: StartBenchRun = (ratePerSecond) =>
  benchRun(async (dataDir) => {
    const flags = ['--rate', String(ratePerSecond), '--archive-seconds', '5'];
    return startLocalRun(dataDir, flags);
  });

/** bullmq-main.ts. */
export const startReference: StartBenchRun = (ratePerSecond) =>
  benchRun(async (folder) => {
    const main = join(import.meta.dirname, 'bullmq-main.ts');
    const flags = ['--disable-warning=ExperimentalWarning', main, folder, String(ratePerSecond)];
    const child = spawn(process.execPath, flags, {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const killGroup = (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal);
    return { child, exited, killGroup, endpoints: JSON.parse(line) };
  });

/** The reason why this machine cannot run the reference; `undefined` if it can. */
export function noReference(): string | undefined {
  return spawnSync('redis-server', ['--version']).error
    ? 'There is no redis-server here, so there is no reference: install Redis (Debian: apt-get install redis-server).'
    : undefined;
}

interface Started extends Pick<RunningCommand, 'child' | 'killGroup'> {
  endpoints: BenchEndpoints;
  exited: Promise<unknown>;
}

async function benchRun(start: (dataDir: string) => Promise<Started>): Promise<BenchRun> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-local-'));
  const startedMs = performance.now();
  const run = await start(dataDir);
  const startMs = performance.now() - startedMs;
  const { endpoints } = run;
  return {
    endpoints,
    startMs,
    processes: () => readProcesses([run.child.pid ?? 0]),
    async load({ rate, seconds, keepAlive = true }) {
      const given = [endpoints.api, endpoints.apiKey, rate, seconds, keepAlive].map(String);
      const { stdout } = await promisify(execFile)(process.execPath, [LOAD, ...given]);
      return JSON.parse(stdout) as LoadResult;
    },
    async untilCreated(count) {
      const giveUpMs = performance.now() + 60_000;
      for (;;) {
        const { created } = await readTargetStats(endpoints.target);
        if (created >= count || performance.now() > giveUpMs) return created;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop() {
      run.killGroup('SIGTERM');
      await run.exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** CPU time in milliseconds that the run used between two readings, and that its target used. */
export function cpuBetween(
  before: ProcessUse[],
  after: ProcessUse[],
): { run: number; target: number } {
  const known = new Map(before.map(({ pid, cpuMs }) => [pid, cpuMs]));
  const used = { run: 0, target: 0 };
  for (const { pid, name, cpuMs } of after)
    used[name === 'target' ? 'target' : 'run'] += cpuMs - (known.get(pid) ?? 0);
  return used;
}

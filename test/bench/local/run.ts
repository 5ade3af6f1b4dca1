import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { type RunningCommand, startLocalRun } from '../../support/start-process.ts';
import type { LoadResult } from './load.ts';

/** One process of a run. */
export interface ProcessUse {
  /** `main`, `emulators`, `target`, or the function whose environment it is. */
  name: string;
  cpuMs: number;
  /** Its share of the memory that it has in common with others included (`Pss`). */
  megabytes: number;
}

/** Where a run is reached. */
export interface BenchEndpoints {
  api: string;
  apiKey: string;
  target: string;
}

export interface BenchRun {
  endpoints: BenchEndpoints;
  /** From the start of the command to its first line. */
  startMs: number;
  /** Of all processes of the run, by their process ids; empty where there is no /proc. */
  processes(): Promise<Map<number, ProcessUse>>;
  load(options: Load): Promise<LoadResult>;
  /** Resolves with the number of events at the target, once it has that many or after a minute. */
  untilCreated(count: number): Promise<number>;
  stop(): Promise<void>;
}

export interface Load {
  /** Events a second. */
  rate: number;
  seconds: number;
  /** Whether connections are used again, which is so unless given. */
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

/** Why there can be no reference on this machine, if there can be none. */
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
    processes: () => readProcesses(run.child.pid ?? 0),
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

/** CPU time in milliseconds that the run used between two readings, that of the target apart. */
export function cpuBetween(
  before: Map<number, ProcessUse>,
  after: Map<number, ProcessUse>,
): { run: number; target: number } {
  const used = { run: 0, target: 0 };
  for (const [pid, { name, cpuMs }] of after)
    used[name === 'target' ? 'target' : 'run'] += cpuMs - (before.get(pid)?.cpuMs ?? 0);
  return used;
}

/** Of a clock tick on Linux (`sysconf(_SC_CLK_TCK)`), which is the same everywhere. */
const TICK_MS = 10;

async function readProcesses(group: number): Promise<Map<number, ProcessUse>> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    ids.map(async (id) => [Number(id), await readProcess(id, group)] as const),
  );
  return new Map(all.flatMap(([pid, use]) => (use ? [[pid, use]] : [])));
}

async function readProcess(id: string, group: number): Promise<ProcessUse | undefined> {
  const read = (file: string) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
  const stat = await read('stat');
  // Fields from the third on (proc(5)): state, parent, process group, …, user time, system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (Number(fields[2]) !== group) return undefined;
  const command = await read('cmdline');
  const kilobytes = /^Pss:\s+(\d+)/m.exec(await read('smaps_rollup'))?.[1];
  return {
    name:
      /(emulators|target)\/main/.exec(command)?.[1] ??
      /dist\/([a-z]+)/.exec(command)?.[1] ??
      'main',
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    megabytes: Number(kilobytes ?? 0) / 1024,
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { runParts } from '../run-parts.ts';
import { readProcessorTime, stolenShare } from '../stolen-time.ts';
import type { LoadResult } from './load.ts';
import { type BenchRun, cpuBetween, startBenchRun } from './run.ts';

const SECONDS = 10;
const RATES = [100, 200, 300, 400, 500, 600];
/** What two cores take; the multiples below are of this. */
const CAPACITY = 500;
const FAST_TARGET = ['--rate', '2000', '--archive-seconds', '5'];

/** `npm run bench -- local [--only PART]`: the whole pipeline on this machine. Prints tables, to be read as ratios. */
export const main = (argv: string[]): Promise<number> =>
  runParts(argv, { rest, capacity, overload, connections, backlog });

/** At rest: start time, processor and memory. */
async function rest(): Promise<void> {
  await withRun(FAST_TARGET, async (run) => {
    await delay(5000);
    const before = await run.processes();
    await delay(15_000);
    const after = await run.processes();
    const { run: own, target } = cpuBetween(before, after);
    const megabytes = [...after.values()].reduce((sum, use) => sum + use.megabytes, 0);
    console.log(
      `\nAt rest: ready ${Math.round(run.startMs)} ms after the start, ${((own + target) / 150).toFixed(1)} % of a core, ${Math.round(megabytes)} MB in ${after.size} processes`,
    );
  });
}

/** Ever faster, each rate on a run that has just started: what it takes, and what an event costs. */
async function capacity(): Promise<void> {
  heading(`${SECONDS} s at a steady rate, each on a fresh start`);
  for (const rate of RATES) await measure({ rate, seconds: SECONDS });
}

/** Three and ten times more than it can take: goodput, and how late the answers are. */
async function overload(): Promise<void> {
  heading('more than it can take, from a source on the same machine');
  for (const times of [3, 10]) await measure({ rate: CAPACITY * times, seconds: SECONDS });
}

/** A source that opens a connection for each request. */
async function connections(): Promise<void> {
  heading('a connection for each request');
  await measure({ rate: 300, seconds: 20, keepAlive: false });
}

/** Beside a backlog: more comes in than the target takes. */
async function backlog(): Promise<void> {
  heading('150/s in, at a target that takes 100/s');
  await measure({ rate: 150, seconds: 30 }, ['--rate', '100', '--archive-seconds', '5']);
}

async function measure(
  load: { rate: number; seconds: number; keepAlive?: boolean },
  flags = FAST_TARGET,
): Promise<void> {
  await withRun(flags, async (run) => {
    const machine = await readProcessorTime();
    const before = await run.processes();
    const result = await run.load(load);
    const created = await run.untilCreated(result.acknowledged);
    const used = cpuBetween(before, await run.processes());
    const stolen = stolenShare(machine, await readProcessorTime());
    console.log(line(load.rate, result, { created, ...used, stolen }));
  });
}

function heading(title: string): void {
  console.log(
    `\n${title}\n  per second   202/s   refused   p50 ms   p99 ms   p99.9 ms   max ms   over 500 ms   CPU ms an event   not delivered   stolen`,
  );
}

function line(
  rate: number,
  { acknowledged, statuses, latencyMs, over500, seconds }: LoadResult,
  { created, run, stolen }: { created: number; run: number; stolen: number },
): string {
  const { p50, p99, p999, max } = latencyMs;
  const columns: [number, string][] = [
    [12, String(rate)],
    [8, (acknowledged / seconds).toFixed(0)],
    [10, String(statuses[503] ?? 0)],
    [9, p50.toFixed(0)],
    [9, p99.toFixed(0)],
    [11, p999.toFixed(0)],
    [9, max.toFixed(0)],
    [14, String(over500)],
    [18, (run / Math.max(1, acknowledged)).toFixed(2)],
    [16, String(Math.max(0, acknowledged - created))],
    [9, `${(stolen * 100).toFixed(0)} %`],
  ];
  return columns.map(([width, text]) => text.padStart(width)).join('');
}

async function withRun(flags: string[], work: (run: BenchRun) => Promise<void>): Promise<void> {
  const run = await startBenchRun(flags);
  try {
    await work(run);
  } finally {
    await run.stop();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { runParts } from '../run-parts.ts';
import { readProcessorTime, stolenShare } from '../stolen-time.ts';
import type { LoadResult } from './load.ts';
import {
  type BenchRun,
  cpuBetween,
  type Load,
  noReference,
  type StartBenchRun,
  startBenchRun,
  startReference,
} from './run.ts';

const SECONDS = 10;
const RATES = [100, 200, 300, 400, 500, 600];
/** What two cores take; the multiples below are of this. */
const CAPACITY = 500;
/** Calls per second of a target that is never the bottleneck. */
const FAST_TARGET = 2000;

const SUBJECTS: [name: string, StartBenchRun][] = [['ours', startBenchRun]];

/**
 * `npm run bench -- local [--only PART]`: measures the whole pipeline on this machine against BullMQ with Redis, which archives nothing. Read the
 * tables as ratios.
 */
export const main = (argv: string[]): Promise<number> => {
  const missing = noReference();
  if (missing) console.log(missing);
  else SUBJECTS.push(['BullMQ', startReference]);
  return runParts(argv, { rest, capacity, warm, overload, connections, backlog });
};

/** At rest: start time, processor and memory. Some ten seconds after its last work, V8 collects once in each process; that belongs to the start. */
async function rest(): Promise<void> {
  console.log('\nAt rest');
  await withRuns(FAST_TARGET, async (run, name) => {
    await delay(20_000);
    const before = await run.processes();
    await delay(15_000);
    const after = await run.processes();
    const { run: own, target } = cpuBetween(before, after);
    const megabytes = after.reduce((sum, use) => sum + use.megabytes, 0);
    console.log(
      `  ${name.padEnd(NAME_WIDTH)} ready ${Math.round(run.startMs)} ms after the start, ${((own + target) / 150).toFixed(1)} % of a core, ${Math.round(megabytes)} MB in ${after.length} processes`,
    );
  });
}

/** Ever faster, each rate on a run that has just started: what it takes, and what an event costs. */
async function capacity(): Promise<void> {
  heading(`${SECONDS} s at a steady rate, each on a fresh start`);
  for (const rate of RATES) await measure({ rate, seconds: SECONDS });
}

/** Measures the processor time per event at 300/s and at full capacity, after the run has warmed up. */
async function warm(): Promise<void> {
  heading(`${SECONDS} s, after 40 s at 300 per second`);
  await withRuns(FAST_TARGET, async (run, name) => {
    const before = await run.load({ rate: 300, seconds: 40 });
    let created = await run.untilCreated(before.acknowledged);
    for (const rate of [300, CAPACITY])
      created = await measureIn(run, name, { rate, seconds: SECONDS }, created);
  });
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
  await measure({ rate: 150, seconds: 30 }, 100);
}

async function measure(load: Load, targetRate = FAST_TARGET): Promise<void> {
  await withRuns(targetRate, async (run, name) => {
    await measureIn(run, name, load, 0);
  });
}

/** Measures one load and prints its line; returns the number of items at the target. */
async function measureIn(
  run: BenchRun,
  name: string,
  load: Load,
  createdBefore: number,
): Promise<number> {
  const machine = await readProcessorTime();
  const before = await run.processes();
  const result = await run.load(load);
  const created = await run.untilCreated(createdBefore + result.acknowledged);
  const used = cpuBetween(before, await run.processes());
  const stolen = stolenShare(machine, await readProcessorTime());
  console.log(line(name, load.rate, result, { created: created - createdBefore, ...used, stolen }));
  return created;
}

const NAME_WIDTH = 6;

function heading(title: string): void {
  console.log(
    `\n${title}\n  ${' '.repeat(NAME_WIDTH)}  per second   202/s   refused   p50 ms   p99 ms   p99.9 ms   max ms   over 500 ms   CPU ms an event   client CPU   not delivered   stolen`,
  );
}

function line(
  name: string,
  rate: number,
  { acknowledged, statuses, latencyMs, over500, seconds, cpuMs }: LoadResult,
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
    [13, `${(cpuMs / seconds / 10).toFixed(0)} %`],
    [16, String(Math.max(0, acknowledged - created))],
    [9, `${(stolen * 100).toFixed(0)} %`],
  ];
  return `  ${name.padEnd(NAME_WIDTH)}${columns.map(([width, text]) => text.padStart(width)).join('')}`;
}

/** Starts the subjects one after the other, never in parallel. */
async function withRuns(
  targetRate: number,
  work: (run: BenchRun, name: string) => Promise<void>,
): Promise<void> {
  for (const [name, start] of SUBJECTS) {
    const run = await start(targetRate);
    try {
      await work(run, name);
    } finally {
      await run.stop();
    }
  }
}

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readFailures } from '../../../lib/archive/read-failures.ts';
import { systemClock } from '../../../lib/clock.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { readJournal } from '../../../lib/replay/journal-tail.ts';
import { DEFAULT_API_KEY } from '../../../local/pipeline-options.ts';
import { readTargetIds } from '../../../scripts/demo/target-client.ts';
import { openStack, requireLive } from '../../../scripts/stack/stack.ts';
import { createSource, type SentEvent, type Source } from './source.ts';
import { freeBasePort, type Launch, SupervisedRun } from './supervised-run.ts';

/** The run and the source that a fault is made with. */
export interface Lab {
  run: SupervisedRun;
  source: Source;
}

/** One kind of fault. */
export interface Fault {
  name: string;
  /** The run goes on. One that ends is started again at once. */
  survives: boolean;
  launch?: Launch;
  /** The data folder is a file system of this size. */
  megabytes?: number;
  /** The reason why this machine cannot make it; `undefined` if it can. */
  missing?: () => string | undefined;
  /** Makes it, while events come in, and resolves when it is over. */
  stage(lab: Lab): Promise<void>;
}

/** The outcome of one fault. */
export interface FaultResult {
  acknowledged: number;
  refused: number;
  noAnswer: number;
  /** Acknowledged, but neither created at the target nor set aside. */
  lost: number;
  /** Dead-lettered, parked, or in the failures bucket, and not at the target. */
  setAside: number;
  createdTwice: number;
  over500: number;
  /** Times that the run ended by itself. */
  ended: number;
  seen: string[];
}

const RATE = 50;
const BEFORE_MS = 4000;
const AFTER_MS = 4000;
const SETTLED_WITHIN_MS = 60_000;
/** A second creation would come by then: the longest that a batch waits to be tried again after its environment's end. */
const SECOND_CREATION_MS = 3000;

/** Runs the whole pipeline on a data folder of its own, with a fault in the middle of a load, until everything is settled. */
export async function measureFault(fault: Fault): Promise<FaultResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-bench-faults-'));
  const run = new SupervisedRun(dataDir, await freeBasePort());
  if (fault.megabytes) mount(dataDir, fault.megabytes);
  try {
    if (!(await run.start(fault.launch))) throw new Error(`no start: ${run.seen.join('; ')}`);
    const url = `http://127.0.0.1:${run.basePort}`;
    const source = createSource({ url, apiKey: DEFAULT_API_KEY, ratePerSecond: RATE });
    source.start();
    await delay(BEFORE_MS);
    await fault.stage({ run, source });
    await run.untilUp();
    await delay(AFTER_MS);
    await source.stop();
    const found = await untilSettled(run, acknowledgedOf(source.sent));
    return resultOf(source.sent, found, run);
  } finally {
    await run.stop();
    const left = await run.removeLeftBehind();
    if (left.length > 0) run.saw(`LEFT BEHIND: ${left.join(', ')}`);
    if (fault.megabytes) execFileSync('umount', ['-l', dataDir]);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function mount(folder: string, megabytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
}

function acknowledgedOf(sent: SentEvent[]): string[] {
  return sent.filter(({ status }) => status === 202).map(({ id }) => id);
}

/** The places of the events. */
interface Found {
  /** Ids, each as often as the target has it. */
  atTarget: string[];
  setAside: Set<string>;
  /** Ids in the journal that have not ended. */
  pending: number;
}

/** Waits, within limits, until every event that was acknowledged or is in the journal is at the target or set aside. */
async function untilSettled(run: SupervisedRun, acknowledged: string[]): Promise<Found> {
  const giveUpMs = performance.now() + SETTLED_WITHIN_MS;
  let found: Found = { atTarget: [], setAside: new Set(), pending: 0 };
  for (;;) {
    await delay(1000);
    // A run that has just ended is asked again when it is back.
    found = await findEvents(run).catch(() => found);
    const isSettled = missingOf(acknowledged, found) === 0 && found.pending === 0;
    if (isSettled) break;
    if (performance.now() > giveUpMs) {
      run.saw(
        `[not settled: ${missingOf(acknowledged, found)} missing, ${found.pending} without an end]`,
      );
      break;
    }
  }
  await delay(SECOND_CREATION_MS);
  return findEvents(run).catch(() => found);
}

async function findEvents({ dataDir, basePort }: SupervisedRun): Promise<Found> {
  const atTarget = await readTargetIds(`http://127.0.0.1:${basePort + 1}`);
  const stack = await openStack({ 'data-dir': dataDir });
  try {
    const last = new Map<string, Fact['type']>();
    await readJournal({
      reader: requireLive(stack).reader,
      clock: systemClock,
      startOf: () => ({ type: 'TRIM_HORIZON' }),
      onFact: ({ eventId, type }) => last.set(eventId, later(last.get(eventId), type)),
    });
    const { dispatchFunctionName: functionName } = stack;
    for await (const entries of readFailures(stack.failures, { functionName }))
      for (const entry of entries)
        if (entry.kind === 'fact') last.set(entry.fact.eventId, 'deadLettered');
    const ids = [...last];
    const isSetAside = (type: Fact['type']) => type === 'deadLettered' || type === 'deferred';
    return {
      atTarget,
      setAside: new Set(ids.filter(([, type]) => isSetAside(type)).map(([id]) => id)),
      pending: ids.filter(([, type]) => type === 'received').length,
    };
  } finally {
    stack.close();
  }
}

/** Keeps an event's end if a second `received` fact follows, from another shard or the spill bucket. */
function later(before: Fact['type'] | undefined, type: Fact['type']): Fact['type'] {
  return before !== undefined && type === 'received' ? before : type;
}

function missingOf(acknowledged: string[], { atTarget, setAside }: Found): number {
  const found = new Set([...atTarget, ...setAside]);
  return acknowledged.filter((id) => !found.has(id)).length;
}

function resultOf(sent: SentEvent[], found: Found, run: SupervisedRun): FaultResult {
  const acknowledged = acknowledgedOf(sent);
  const atTarget = new Set(found.atTarget);
  const noAnswer = sent.filter(({ status }) => status === undefined).length;
  return {
    acknowledged: acknowledged.length,
    refused: sent.length - acknowledged.length - noAnswer,
    noAnswer,
    lost: missingOf(acknowledged, found),
    setAside: [...found.setAside].filter((id) => !atTarget.has(id)).length,
    createdTwice: found.atTarget.length - atTarget.size,
    over500: sent.filter(({ status, latencyMs }) => status !== undefined && latencyMs > 500).length,
    ended: run.ended,
    seen: run.seen,
  };
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Hold } from '../lib/replay/hold-lock.ts';
import { type Plan, planReplay } from '../lib/replay/plan.ts';
import { type ChosenFact, chosenFacts } from '../lib/replay/replayed-facts.ts';
import { callsPerEvent, type PaceLimits, possibleRate } from '../lib/replay/write-pace.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { exitCodeOf, isHelp, UsageError } from './flags.ts';
import { print, printJson } from './output.ts';
import { createReadingNote, readingOf } from './reading-note.ts';
import {
  type EarlierRun,
  type KeptSelection,
  openCheckpoint,
  type RunHeader,
  readCheckpoint,
} from './replay/checkpoint-log.ts';
import { execute } from './replay/execute.ts';
import {
  defaultDataDir,
  idsNotFound,
  type MayTake,
  openSelection,
  type ReplayFlags,
  readFlags,
  selectionOf,
  USAGE,
} from './replay/options.ts';
import {
  type Forecast,
  forecastLines,
  forecastOf,
  notFoundLines,
  resultLines,
} from './replay/print.ts';
import { readJournalEnd } from './replay/read-journal-end.ts';
import { takeLock } from './replay/take-lock.ts';
import { commandLine, openStack, requireLive, type Stack } from './stack/stack.ts';

const SAMPLE = 5;

/** `npm run replay`: sends archived events again. Exit code 0 when all that was planned is appended, or only planned. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = readFlags(argv);
    const earlier = flags.resume === undefined ? undefined : await readCheckpoint(flags.resume);
    const stack = await openStack(flags);
    try {
      return await replay(stack, flags, earlier);
    } finally {
      stack.close();
    }
  });
}

async function replay(stack: Stack, flags: ReplayFlags, earlier?: EarlierRun): Promise<number> {
  if (earlier && earlier.header.stack !== stack.id)
    throw new UsageError(
      `--resume ${flags.resume} belongs to ${earlier.header.stack}, not to ${stack.id}.`,
    );
  const acts = flags.execute === true || earlier !== undefined;
  if (!acts) return planned(await decide(stack, flags, undefined), flags);
  await requireDispatching(stack);
  const runId = earlier?.header.runId ?? newRunId();
  const hold = await takeLock(stack, runId, flags.json);
  if (!hold) return 1;
  try {
    const decided = await decide(stack, flags, earlier);
    const header = earlier?.header ?? headerOf(runId, flags, decided);
    return await act(flags, { ...decided, header, hold });
  } finally {
    await hold.release();
  }
}

/** Says what would be done. */
function planned({ plan, forecast, notFound }: Decided, flags: ReplayFlags): number {
  if (flags.json) printJson({ dryRun: true, ...forecast, notFound, archive: plan.counts });
  else print('Nothing was sent: this was a dry run. Add --execute --reason WHY to do it.');
  return notFound.length === 0 ? 0 : 1;
}

/** Plans the run, and shows the plan to a person. */
export async function decide(
  stack: Stack,
  flags: ReplayFlags,
  earlier: EarlierRun | undefined,
): Promise<Decided> {
  const openShards = await countShards(stack);
  const besideLiveOn = flags.rate === undefined ? await targetRate(stack) : undefined;
  const intoEmptyTarget = earlier?.header.intoEmptyTarget ?? flags['into-empty-target'] ?? false;
  const shareRate = (flags.share * (besideLiveOn ?? 0)) / callsPerEvent(intoEmptyTarget);
  const rate = flags.rate ?? shareRate;
  const limits = { ratePerSecond: possibleRate({ ratePerSecond: rate, openShards }), openShards };
  const kept = earlier?.header.selection ?? selectionOf(flags, Date.now(), mayTake(stack));
  const plan = await makePlan(stack, kept, flags, earlier);
  const note = createReadingNote(flags.json);
  note.set('reading a few of the chosen events');
  const sample = await sampleOf(stack, plan).finally(note.stop);
  const forecast = forecastOf(plan, sample, limits.ratePerSecond);
  const notFound = await idsNotFound(kept, plan);
  if (!flags.json)
    print([
      ...forecastLines(forecast, plan, stack.name),
      ...notFoundLines(notFound, forecast.range),
    ]);
  return { stack, plan, kept, forecast, limits, besideLiveOn, earlier, notFound };
}

/** The plan of a run, with all that executing it needs. */
export interface Decided {
  stack: Stack;
  plan: Plan;
  kept: KeptSelection;
  forecast: Forecast;
  limits: PaceLimits;
  besideLiveOn: number | undefined;
  earlier: EarlierRun | undefined;
  notFound: string[];
}

/** Appends what was planned, and says what it came to. */
async function act(
  flags: ReplayFlags,
  decided: Decided & { header: RunHeader; hold: Hold },
): Promise<number> {
  const { stack, plan, header, earlier, notFound } = decided;
  const { maxLagMs, json } = flags;
  const path = flags.resume ?? flags.checkpoint ?? checkpointPath(flags, header.runId);
  const log = await openCheckpoint(path, header, earlier).catch((error: Error) => {
    throw new UsageError(`The checkpoint ${path} cannot be written: ${error.message}`);
  });
  const result = await execute({ ...decided, maxLagMs, log, silent: json }).finally(() =>
    log.close(),
  );
  const { runId } = header;
  const outcome = { runId, planned: plan.events, ...result, notFound, checkpoint: path };
  const resumeWith = commandLine(stack, 'replay', ['--resume', path]);
  if (json) printJson(outcome);
  else print(resultLines(result, plan.events, resumeWith));
  return result.end === 'done' && result.refused.length + notFound.length === 0 ? 0 : 1;
}

async function makePlan(
  stack: Stack,
  kept: KeptSelection,
  { json }: ReplayFlags,
  earlier: EarlierRun | undefined,
): Promise<Plan> {
  const selection = await openSelection(kept);
  const limit = selection.limit - (earlier?.appended ?? 0);
  const note = createReadingNote(json);
  const { live } = stack;
  const sinceMs = Date.now() - mayTake(stack).archiveMs;
  return planReplay(
    stack,
    { ...selection, limit },
    {
      nowMs: Date.now(),
      onProgress: (counts) => note.set(readingOf(counts)),
      ...(earlier ? { isDone: earlier.isDone } : {}),
      ...(live
        ? { readJournal: (onFact) => readJournalEnd(stack, live, { sinceMs, onFact, note }) }
        : {}),
    },
  ).finally(note.stop);
}

/** While dispatch is paused, nothing is appended: what is not delivered waits in the journal already. */
export async function requireDispatching(stack: Stack): Promise<void> {
  const { state } = await requireLive(stack).dispatch.read();
  if (state === 'Enabled') return;
  throw new UsageError(
    `Dispatch is ${state}, so nothing is sent again: what is not delivered waits in the journal. First ${commandLine(stack, 'resume')}.`,
  );
}

/** The first few of what was planned. */
async function sampleOf(stack: Stack, plan: Plan): Promise<ChosenFact[]> {
  const sample = new Map<string, ChosenFact>();
  if (plan.events === 0) return [];
  for await (const chosen of chosenFacts(stack, { ...plan, take: plan.has })) {
    if (!sample.has(chosen.fact.eventId)) sample.set(chosen.fact.eventId, chosen);
    if (sample.size === Math.min(SAMPLE, plan.events)) break;
  }
  return [...sample.values()];
}

async function countShards({ live }: Stack): Promise<number> {
  const shards = (await live?.reader.listShards()) ?? [];
  return Math.max(1, shards.filter(({ closed }) => !closed).length);
}

/** As dispatch was deployed with it; of a local run that is stopped, as the settings file has it. */
async function targetRate({ live, settings }: Stack): Promise<number> {
  return live ? live.dispatch.readRatePerSecond() : ratePerSecondOf(settings.target_limit);
}

/** Events that are younger than this are left out, and so is what the archive may not hold yet. */
function mayTake({ settings }: Stack): MayTake {
  const { dispatch_timeout_seconds, archive_buffer_seconds } = settings;
  const archiveMs = 2 * archive_buffer_seconds * 1000;
  return { endMs: dispatch_timeout_seconds * 1000 + archiveMs, archiveMs };
}

/** A run's id: when it began, and three random bytes. */
export function newRunId(): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `replay-${time}-${randomBytes(3).toString('hex')}`;
}

/** The first line of a run's checkpoint. */
export function headerOf(
  runId: string,
  flags: ReplayFlags,
  { stack, kept, plan }: Decided,
): RunHeader {
  const { reason = '', 'into-empty-target': intoEmptyTarget = false } = flags;
  return {
    ...{ runId, reason, intoEmptyTarget },
    stack: stack.id,
    events: plan.events,
    selection: kept,
  };
}

/** The path of a run's checkpoint unless a flag names another. */
export function checkpointPath(flags: ReplayFlags, runId: string): string {
  return join(defaultDataDir(flags), 'replays', `${runId}.jsonl`);
}

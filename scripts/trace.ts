import { setTimeout as delay } from 'node:timers/promises';
import colors from 'picocolors';
import { createArchiveHistory } from '../lib/archive/event-history.ts';
import type { TimeRange } from '../lib/archive/partitions.ts';
import { escapeControls } from '../lib/safe-text.ts';
import { readingLines } from './audit/print-report.ts';
import { exitCodeOf, isHelp, parseWordAndFlags, UsageError } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { RANGE_FLAGS, readRange } from './range-flags.ts';
import { createReadingNote } from './reading-note.ts';
import { openStack, STACK_FLAGS, STACK_USAGE, type Stack } from './stack/stack.ts';
import { contentLines, contentsOf } from './trace/contents.ts';
import { type NextStep, nextStep } from './trace/next-command.ts';
import { lifeLinesOf, type Standing, standingOf } from './trace/timeline.ts';
import { createTraceHistory, type TraceHistory } from './trace/trace-history.ts';

const FLAGS = {
  ...RANGE_FLAGS,
  ...STACK_FLAGS,
  archive: { type: 'boolean' },
  follow: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run trace -- EVENT_ID [flags]

Prints one event's name, payload and life: when it was received, every attempt with its outcome, duration and error, deferrals
with their due time, replays, where it stands, and the command for what to do next. It reads the status table where there is one that
knows the event, else the archive.

  --from T, --to T  read only what happened then: a time (UTC) or how long ago, such as 2h (default: all)
  --archive         read the archive as well, which keeps payloads: the event's own hours, where the status table knows it
  --follow          look again every two seconds until it is delivered, dead-lettered or dismissed; goes on while it is deferred
${STACK_USAGE}
  --json            print the facts and where it stands as one line of JSON

Exit codes: 0 it was found, 1 it was not, 2 wrong usage.`;

const LOOK_AGAIN_MS = 2000;

/** `npm run trace`: one event's life. Exit code 0 when something of it is known. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const { word: eventId, flags } = parseWordAndFlags(argv, FLAGS);
    if (!eventId) throw new UsageError('Name the event: npm run trace -- EVENT_ID [flags]');
    const range = () => readRange(flags, Date.now());
    range();
    const stack = await openStack(flags);
    const { archive, spill, settings } = stack;
    const bufferSeconds = settings.archive_buffer_seconds;
    const source = createTraceHistory({
      status: stack.status,
      withPayloads: flags.archive,
      archive: createArchiveHistory({ archive, spill, bufferSeconds }),
    });
    const look = async () => {
      const note = createReadingNote(flags.json);
      note.set('reading what is known of the event');
      return source.read(eventId, lateRange(range())).finally(note.stop);
    };
    try {
      const history = flags.follow ? await follow(look, flags.json ?? false) : await look();
      await show(history, { eventId, stack, json: flags.json, told: flags.follow });
      return isKnown(history) ? 0 : 1;
    } finally {
      stack.close();
    }
  });
}

interface Shown {
  eventId: string;
  stack: Stack;
  json: boolean | undefined;
  /** `follow` has told the event's life already. */
  told: boolean | undefined;
}

async function show(
  history: TraceHistory,
  { eventId, stack, json, told = false }: Shown,
): Promise<void> {
  const standing = isKnown(history) ? standingOf(history, Date.now()) : undefined;
  const next = nextStep(eventId, standing?.state, history, stack, await isPaused(stack));
  if (json) printJson(jsonOf(history, eventId, standing, next));
  else print([...linesOf(history, eventId, standing, told), ...nextLines(next)]);
}

/** Returns false without permission to call Lambda, so that trace still works. */
async function isPaused({ live }: Stack): Promise<boolean> {
  const dispatch = await live?.dispatch.read().catch(() => undefined);
  return dispatch?.state === 'Disabled';
}

/** The clocks of the functions may be a little ahead of this one. */
const lateRange = ({ fromMs, toMs }: TimeRange): TimeRange => ({ fromMs, toMs: toMs + 60_000 });

/** Looks until it has ended; on a terminal and in a log, every new fact is told at once. */
async function follow(look: () => Promise<TraceHistory>, silent: boolean): Promise<TraceHistory> {
  const told = new Set<string>();
  let waitedFor = '';
  for (;;) {
    const history = await look();
    const lines = [...notesOf(history), ...lifeOf(history)];
    for (const line of silent ? [] : lines.filter((line) => !told.has(line))) {
      told.add(line);
      print(line);
    }
    const { state } = standingOf(history, Date.now());
    if (isKnown(history) && state !== 'pending' && state !== 'deferred') return history;
    const waiting = isKnown(history) ? `It is ${state}` : 'Nothing is known of it yet';
    if (!silent && waiting !== waitedFor)
      printNote(`${waiting}: looking again every ${LOOK_AGAIN_MS / 1000} s …`);
    waitedFor = waiting;
    await delay(LOOK_AGAIN_MS);
  }
}

const isKnown = ({ facts, parked }: TraceHistory) => facts.length + parked.length > 0;

const notesOf = ({ notes }: TraceHistory) =>
  notes.map((note) => colors.yellow(escapeControls(note)));

const nextLines = (next: NextStep | undefined) =>
  next ? [`${next.purpose}:`, `  ${next.command}`] : [];

function jsonOf(
  history: TraceHistory,
  eventId: string,
  standing: Standing | undefined,
  next: NextStep | undefined,
) {
  const { facts, parked, damages, counts, source, notes } = history;
  const { state = null, dueAt = null } = standing ?? {};
  const known = { eventId, found: standing !== undefined, state, dueAt, ...contentsOf(history) };
  return {
    ...known,
    next: next?.command ?? null,
    source,
    notes,
    facts,
    parked,
    archive: counts,
    damages,
  };
}

function linesOf(
  history: TraceHistory,
  eventId: string,
  standing: Standing | undefined,
  told: boolean,
): string[] {
  const { parked, damages, counts, source } = history;
  const read = readingLines(counts, damages.slice(0, 10));
  const id = escapeControls(eventId);
  if (!standing)
    return [
      `Nothing is known of event ${id} by ${source}.`,
      ...notesOf(history),
      ...read.slice(damages.length ? 0 : 1),
    ];
  const colour = standing.state === 'delivered' ? colors.green : colors.yellow;
  return [
    colors.bold(`Event ${id}, by ${source}`),
    ...contentLines(contentsOf(history)).map(escapeControls),
    ...(told ? [] : [...notesOf(history), ...lifeOf(history)]),
    ...parked.map(({ where }) => colors.dim(escapeControls(`parked: ${where}`))),
    colour(escapeControls(standing.detail)),
    ...(damages.length > 0 ? read.slice(1) : []),
  ];
}

const lifeOf = (history: TraceHistory) => lifeLinesOf(history).map(escapeControls);

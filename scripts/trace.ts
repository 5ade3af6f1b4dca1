import { setTimeout as delay } from 'node:timers/promises';
import colors from 'picocolors';
import { createArchiveHistory } from '../lib/archive/event-history.ts';
import type { TimeRange } from '../lib/archive/partitions.ts';
import { readingLines } from './audit/print-report.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { RANGE_FLAGS, readRange } from './range-flags.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { standingOf, timelineOf } from './trace/timeline.ts';
import { createTraceHistory, type TraceHistory } from './trace/trace-history.ts';

const FLAGS = {
  ...RANGE_FLAGS,
  ...STACK_FLAGS,
  archive: { type: 'boolean' },
  follow: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run trace -- EVENT_ID [flags]

Prints one event's life: when it was received, every attempt with its outcome and duration, deferrals with their due time,
replays, and where it stands: by the status table where there is one and it knows the event, else by the archive.

  --from T, --to T  read only what happened then: a time (UTC) or how long ago, such as 2h (default: all)
  --archive         read the archive as well, which keeps payloads: the event's own hours, where the status table knows it
  --follow          look again every other second until it is delivered or dead-lettered, also while it is deferred
${STACK_USAGE}
  --json            print the facts and where it stands as one line of JSON

Exit codes: 0 it was found, 1 it was not, 2 wrong usage.`;

const LOOK_AGAIN_MS = 2000;

/** `npm run trace`: one event's life. Exit code 0 when something of it is known. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const { eventId, rest } = splitId(argv);
    const flags = parseFlags(rest, FLAGS);
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
    try {
      const look = () => source.read(eventId, lateRange(range()));
      const history = flags.follow ? await follow(look, flags.json ?? false) : await look();
      if (flags.json) console.log(JSON.stringify(jsonOf(history, eventId)));
      else console.log(linesOf(history, eventId, flags.follow ?? false).join('\n'));
      return isKnown(history) ? 0 : 1;
    } finally {
      stack.close();
    }
  });
}

/** The id is the argument that stands before the flags, whatever it looks like. */
function splitId([eventId, ...rest]: string[]): { eventId: string; rest: string[] } {
  if (eventId === undefined || eventId === '' || eventId.startsWith('--'))
    throw new UsageError('Name the event: npm run trace -- EVENT_ID [flags]');
  return { eventId, rest };
}

/** The clocks of the functions may be a little ahead of this one. */
const lateRange = ({ fromMs, toMs }: TimeRange): TimeRange => ({ fromMs, toMs: toMs + 60_000 });

/** Looks until it has ended; on a terminal and in a log, every new fact is told at once. */
async function follow(look: () => Promise<TraceHistory>, silent: boolean): Promise<TraceHistory> {
  const told = new Set<string>();
  for (;;) {
    const history = await look();
    const lines = [...notesOf(history), ...timelineOf(history)];
    for (const line of silent ? [] : lines.filter((line) => !told.has(line))) {
      told.add(line);
      console.log(line);
    }
    const { state } = standingOf(history, Date.now());
    if (isKnown(history) && state !== 'pending' && state !== 'deferred') return history;
    await delay(LOOK_AGAIN_MS);
  }
}

const isKnown = ({ facts, parked }: TraceHistory) => facts.length + parked.length > 0;

const notesOf = ({ notes }: TraceHistory) => notes.map((note) => colors.yellow(note));

function jsonOf(history: TraceHistory, eventId: string) {
  const { facts, parked, damages, counts, source, notes } = history;
  const found = isKnown(history);
  const { state = null, dueAt = null } = found ? standingOf(history, Date.now()) : {};
  return { eventId, found, state, dueAt, source, notes, facts, parked, archive: counts, damages };
}

function linesOf(history: TraceHistory, eventId: string, told: boolean): string[] {
  const { parked, damages, counts, source } = history;
  const read = readingLines(counts, damages.slice(0, 10));
  if (!isKnown(history))
    return [
      `Nothing is known of event ${eventId} by ${source}.`,
      ...notesOf(history),
      ...read.slice(damages.length ? 0 : 1),
    ];
  const { state, detail } = standingOf(history, Date.now());
  const colour = state === 'delivered' ? colors.green : colors.yellow;
  const title = colors.bold(`Event ${eventId}, by ${source}`);
  return [
    ...(told ? [title] : [title, ...notesOf(history), ...timelineOf(history)]),
    ...parked.map(({ where }) => colors.dim(`parked: ${where}`)),
    colour(detail),
    ...(damages.length > 0 ? read.slice(1) : []),
  ];
}

import { setTimeout as delay } from 'node:timers/promises';
import colors from 'picocolors';
import { createArchiveHistory, type EventHistory } from '../lib/archive/event-history.ts';
import type { TimeRange } from '../lib/archive/partitions.ts';
import { readingLines } from './audit/print-report.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { RANGE_FLAGS, readRange } from './range-flags.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { standingOf, timelineOf } from './trace/timeline.ts';

const FLAGS = {
  ...RANGE_FLAGS,
  ...STACK_FLAGS,
  follow: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run trace -- EVENT_ID [flags]

Prints one event's life: when it was received, every attempt with its outcome and duration, replays, and where it stands.

  --from T, --to T  read only what happened then: a time (UTC) or how long ago, such as 2h (default: all)
  --follow          look again every other second until it is delivered or dead-lettered
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
    const source = createArchiveHistory({
      archive,
      spill,
      bufferSeconds: settings.archive_buffer_seconds,
    });
    try {
      const look = () => source.read(eventId, lateRange(range()));
      const history = flags.follow ? await follow(look, flags.json ?? false) : await look();
      const from = { eventId, source: source.name };
      if (flags.json) console.log(JSON.stringify(jsonOf(history, from)));
      else console.log(linesOf(history, from, flags.follow ?? false).join('\n'));
      return history.facts.length > 0 ? 0 : 1;
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
async function follow(look: () => Promise<EventHistory>, silent: boolean): Promise<EventHistory> {
  let told = 0;
  for (;;) {
    const history = await look();
    const lines = timelineOf(history);
    if (!silent) for (const line of lines.slice(told)) console.log(line);
    told = lines.length;
    const { state } = standingOf(history, Date.now());
    if (history.facts.length > 0 && state !== 'pending') return history;
    await delay(LOOK_AGAIN_MS);
  }
}

interface Origin {
  eventId: string;
  source: string;
}

function jsonOf(history: EventHistory, { eventId, source }: Origin) {
  const { facts, damages, counts } = history;
  const found = facts.length > 0;
  const state = found ? standingOf(history, Date.now()).state : null;
  return { eventId, found, state, source, facts, archive: counts, damages };
}

function linesOf(history: EventHistory, { eventId, source }: Origin, told: boolean): string[] {
  const { facts, damages, counts } = history;
  const read = readingLines(counts, damages.slice(0, 10));
  if (facts.length === 0)
    return [
      `Nothing is known of event ${eventId} by ${source}.`,
      ...read.slice(damages.length ? 0 : 1),
    ];
  const { state, detail } = standingOf(history, Date.now());
  const colour = state === 'delivered' ? colors.green : colors.yellow;
  return [
    ...(told ? [] : [colors.bold(`Event ${eventId}, by ${source}`), ...timelineOf(history)]),
    colour(detail),
    ...(damages.length > 0 ? read.slice(1) : []),
  ];
}

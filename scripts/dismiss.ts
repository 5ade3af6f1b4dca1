import { createArchiveHistory } from '../lib/archive/event-history.ts';
import { escapeControls, safeJson } from '../lib/safe-text.ts';
import { openEventOf } from '../lib/status/problems.ts';
import { dismissalOf } from './dismiss/dismissal.ts';
import { exitCodeOf, integerFlag, isHelp, parseFlags, UsageError } from './flags.ts';
import { print, printJson } from './output.ts';
import { createReadingNote } from './reading-note.ts';
import {
  commandLine,
  type LiveStack,
  openStack,
  requireLive,
  STACK_FLAGS,
  STACK_USAGE,
  type Stack,
} from './stack/stack.ts';
import { createTraceHistory } from './trace/trace-history.ts';

const FLAGS = {
  ...STACK_FLAGS,
  id: { type: 'string', multiple: true },
  reason: { type: 'string' },
  list: { type: 'boolean' },
  limit: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run dismiss -- --id EVENT_ID --reason WHY [flags]

Ends a dead letter that needs nothing more: it appends a dismissed fact to the journal. The event counts as dismissed from then on,
and npm run replay with --undelivered, --dead-lettered or --failures leaves it out. Only what is dead-lettered can be dismissed.

  --id EVENT_ID     the event; more than one by repeating the flag
  --reason WHY      kept in the fact, for people
  --dry-run         only say what would be done
  --list            list the dead letters that are open instead, those first that have been for the longest time
  --limit N         with --list: at most so many (default 100)
${STACK_USAGE}
  --json            print the result as one line of JSON

Exit codes: 0 all are dismissed, or were before; 1 some are not; 2 wrong usage.`;

/** The outcome for one event. */
interface Outcome {
  eventId: string;
  outcome: 'dismissed' | 'wouldBeDismissed' | 'wasDismissed' | 'refused' | 'notAppended';
  detail: string;
}

/** `npm run dismiss`: ends dead letters that need nothing. Exit code 0 when all that were named are dismissed. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const { id: ids = [], reason = '', json = false } = flags;
    if (!flags.list && (ids.length === 0 || reason.trim() === ''))
      throw new UsageError('Name the events and say why: npm run dismiss -- --id ID --reason WHY');
    const limit = integerFlag('limit', flags.limit, { min: 1, max: 100_000, fallback: 100 });
    const stack = await openStack(flags);
    try {
      if (flags.list) return await list(stack, limit, json);
      const isDry = flags['dry-run'] ?? false;
      return await dismissAll(stack, [...new Set(ids)], { reason, isDry, json });
    } finally {
      stack.close();
    }
  });
}

async function dismissAll(
  stack: Stack,
  ids: string[],
  { reason, isDry, json }: { reason: string; isDry: boolean; json: boolean },
): Promise<number> {
  const live = requireLive(stack);
  const outcomes: Outcome[] = [];
  const note = createReadingNote(json);
  try {
    for (const [index, eventId] of ids.entries()) {
      note.set(`reading what is known of the events: ${index} of ${ids.length}`);
      outcomes.push(await dismiss(stack, live, { eventId, reason, isDry }));
    }
  } finally {
    note.stop();
  }
  if (json) printJson({ events: outcomes });
  else print(outcomes.map(({ detail }) => escapeControls(detail)));
  return outcomes.some(({ outcome }) => FAILED.has(outcome)) ? 1 : 0;
}

const FAILED = new Set<Outcome['outcome']>(['refused', 'notAppended']);

async function dismiss(
  { status, archive, spill, settings }: Stack,
  { journal }: LiveStack,
  { eventId, reason, isDry }: { eventId: string; reason: string; isDry: boolean },
): Promise<Outcome> {
  const bufferSeconds = settings.archive_buffer_seconds;
  const source = createTraceHistory({
    status,
    archive: createArchiveHistory({ archive, spill, bufferSeconds }),
  });
  const { facts } = await source.read(eventId);
  const known = facts.map(({ fact }) => fact);
  const dismissal = dismissalOf(eventId, known, { reason, nowMs: Date.now() });
  const named = `Event ${JSON.stringify(eventId)}`;
  if (dismissal.kind === 'refused')
    return { eventId, outcome: 'refused', detail: `${named} ${dismissal.detail}` };
  if (dismissal.kind === 'wasDismissed')
    return { eventId, outcome: 'wasDismissed', detail: `${named} is dismissed already.` };
  if (isDry)
    return { eventId, outcome: 'wouldBeDismissed', detail: `${named} would be dismissed.` };
  const refused = await journal.appendAll([dismissal.fact]);
  return refused.length === 0
    ? { eventId, outcome: 'dismissed', detail: `${named} is dismissed.` }
    : { eventId, outcome: 'notAppended', detail: `${named} is not: the journal took no fact.` };
}

function summaryOf({ length }: readonly unknown[], stack: Stack): string {
  if (length === 0) return 'No dead letter is open, by the status table.';
  const command = commandLine(stack, 'dismiss', ['--id=ID', '--reason', 'WHY']);
  return `${length} dead letters are open, by the status table: ${command}`;
}

/** Entries of the list may be older than the facts: each is looked at. */
async function list(stack: Stack, limit: number, json: boolean): Promise<number> {
  const { statusTable } = requireLive(stack);
  if (!statusTable) throw new UsageError(`There is no status table in ${stack.name}.`);
  const open = [];
  const note = createReadingNote(json);
  note.set('reading the status table');
  try {
    const listed = await statusTable.listOpen('deadLettered', limit);
    for (const [index, event] of listed.entries()) {
      note.set(`reading the status table: ${index} of ${listed.length} dead letters`);
      const current = openEventOf(event.eventId, await statusTable.of(event.eventId));
      if (current?.state === 'deadLettered') open.push(current);
    }
  } finally {
    note.stop();
  }
  if (json) printJson({ events: open });
  else
    print([
      ...open.map(({ eventId, since }) => `${since}  ${safeJson(eventId)}`),
      summaryOf(open, stack),
    ]);
  return 0;
}

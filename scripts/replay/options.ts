import { HashTable } from '../../lib/archive/hash-table.ts';
import type { DeadLetterReason } from '../../lib/event/fact.ts';
import type { Plan } from '../../lib/replay/plan.ts';
import { ALL_REASONS, type Selection } from '../../lib/replay/selection.ts';
import { DEFAULT_DATA_DIR } from '../endpoints.ts';
import { integerFlag, numberFlag, parseFlags, UsageError } from '../flags.ts';
import { idsOf, readIds } from '../id-list.ts';
import { durationFlag, RANGE_FLAGS, readRange } from '../range-flags.ts';
import { STACK_FLAGS, STACK_USAGE } from '../stack/stack.ts';
import type { KeptSelection } from './checkpoint-log.ts';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

const SELECTION_FLAGS = {
  ...RANGE_FLAGS,
  ids: text,
  'ids-file': text,
  name: text,
  undelivered: yes,
  'dead-lettered': yes,
  'dead-letter-reason': text,
  failures: yes,
  limit: text,
  'older-than': text,
} as const;

const FLAGS = {
  ...SELECTION_FLAGS,
  ...STACK_FLAGS,
  execute: yes,
  reason: text,
  share: text,
  rate: text,
  'max-lag': text,
  checkpoint: text,
  resume: text,
  'into-empty-target': yes,
  json: yes,
} as const;

export const USAGE = `Usage: npm run replay -- [which events] [--execute --reason WHY] [flags]

Sends events again that the archive holds, whatever has become of the target and of every other store. Without --execute it
only says what it would do. Live events keep the rest of the target's rate. What dispatch may still deliver is left out. The target is asked whether it has
an event before it is created again, as far as its contract has a lookup.

Which events (all that is given must be true):
  --from T, --to T  received then: a time or a date (UTC), how long ago, such as 2h, or now (default: all until now)
  --ids A,B         these ids, or --ids-file FILE: separated by line ends, commas, semicolons or tabs, as a spreadsheet saves them;
                    an id that holds one of these in double quotes. Ids that are not found are named, exit code 1
  --name NAME       with this name
  --undelivered     received and not delivered, dead-lettered ones included
  --dead-lettered   dead-lettered and not delivered since; --dead-letter-reason malformed, rejected,
                    exhausted or undecided
  --failures        what Lambda gave up, and was not delivered since
  --older-than D    leave out what was received later and has not ended, since dispatch may still deliver it (default:
                    as long as that may take now); of --failures, what was given up later (default: as long as facts
                    may take into the archive)
  --limit N         at most so many, the oldest first

How:
  --execute         do it; --reason WHY is kept in every fact of the run
  --share S         part of the target's rate, 0 to 1 (default 0.2). An event takes two calls, a lookup and a creation, and
                    only one with --into-empty-target. Gives way, down to a quarter of it, while live events
                    need the rest. Or --rate N: events a second, whatever else there is
  --max-lag D       wait while dispatch is further behind (default 60s), for at most 15 minutes at a time
  --into-empty-target  the target has none of these events: create them without asking it first
  --checkpoint FILE where the run notes how far it is (default: a file in the data folder's replays/)
  --resume FILE     take up a run again where its checkpoint says; which events and why are known from there
${STACK_USAGE}
  --json            print one line of JSON

Exit codes: 0 done, 1 some events were not appended or not found, or another replay is running, 2 wrong usage, or dispatch is paused.`;

export type ReplayFlags = ReturnType<typeof readFlags>;

/** Reads the flags of `npm run replay`; a {@link UsageError} says what is wrong with them. */
export function readFlags(argv: string[]) {
  const flags = parseFlags(argv, FLAGS);
  if (flags.resume === undefined) requireSense(flags);
  else requireOnlyHow(flags);
  return {
    ...flags,
    json: flags.json ?? false,
    share: numberFlag('share', flags.share, { min: 0.001, max: 1, fallback: 0.2 }),
    rate: numberFlag('rate', flags.rate, { min: 0.01, max: 1_000_000, fallback: 0 }) || undefined,
    maxLagMs: durationFlag('max-lag', flags['max-lag'], 60_000),
  };
}

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>;

function requireSense(flags: Flags): void {
  if (flags.execute && !flags.reason?.trim())
    throw new UsageError('--execute needs --reason WHY: it is kept with every event of the run.');
  if (flags['dead-letter-reason'] !== undefined && !flags['dead-lettered'])
    throw new UsageError('--dead-letter-reason narrows --dead-lettered, which is missing.');
  const states = ['undelivered', 'dead-lettered', 'failures'] as const;
  const given = states.filter((name) => flags[name]);
  if (given.length > 1)
    throw new UsageError(`--${given.join(' and --')} exclude each other: give one of them.`);
}

function requireOnlyHow(flags: Flags): void {
  const chosen = Object.keys(SELECTION_FLAGS).filter((name) => name in flags);
  for (const name of ['reason', 'into-empty-target'] as const)
    if (flags[name] !== undefined) chosen.push(name);
  if (chosen.length > 0)
    throw new UsageError(
      `--resume knows which events and why from its file: leave out --${chosen.join(', --')}.`,
    );
}

/** How long it may take now until what has happened is known. */
export interface MayTake {
  /** Until dispatch has ended an event, and the archive holds that it did. */
  endMs: number;
  /** Until the archive holds a fact. */
  archiveMs: number;
}

/** What the flags select. */
export function selectionOf(flags: ReplayFlags, nowMs: number, mayTake: MayTake): KeptSelection {
  const { fromMs, toMs } = readRange(flags, nowMs);
  return {
    source: flags.failures ? 'failures' : 'archive',
    fromMs: Number.isFinite(fromMs) ? fromMs : null,
    toMs,
    state: stateOf(flags),
    reasons: reasonsOf(flags['dead-letter-reason']),
    ids: flags.ids === undefined ? null : idsOf(flags.ids),
    idsFile: flags['ids-file'] ?? null,
    name: flags.name ?? null,
    limit: integerFlag('limit', flags.limit, { min: 1, max: 1e12, fallback: 0 }) || null,
    endedBeforeMs: nowMs - durationFlag('older-than', flags['older-than'], mayTake.endMs),
    givenUpBeforeMs: nowMs - durationFlag('older-than', flags['older-than'], mayTake.archiveMs),
  };
}

function stateOf(flags: ReplayFlags): Selection['state'] {
  if (flags['dead-lettered']) return 'deadLettered';
  return flags.undelivered ? 'undelivered' : 'any';
}

function reasonsOf(given: string | undefined): DeadLetterReason[] {
  if (given === undefined) return [...ALL_REASONS];
  const reasons = ALL_REASONS.filter((reason) => given.split(',').includes(reason));
  if (reasons.length !== given.split(',').length)
    throw new UsageError(
      `--dead-letter-reason must be of ${ALL_REASONS.join(', ')}, not ${given}.`,
    );
  return reasons;
}

/** The selection as planning wants it, its ids read. */
export async function openSelection(kept: KeptSelection): Promise<Selection> {
  const { fromMs, toMs, ids, idsFile, name, limit, ...rest } = kept;
  const table = ids || idsFile ? new HashTable() : undefined;
  for await (const id of idsAskedFor(kept)) table?.add(id);
  if (table?.size === 0)
    throw new UsageError(`${idsFile ? `--ids-file ${idsFile}` : '--ids'} names no event.`);
  return {
    ...rest,
    range: { fromMs: fromMs ?? Number.NEGATIVE_INFINITY, toMs },
    ids: table,
    name: name ?? undefined,
    limit: limit ?? Number.POSITIVE_INFINITY,
  };
}

async function* idsAskedFor({ ids, idsFile }: KeptSelection): AsyncGenerator<string> {
  yield* ids ?? [];
  if (idsFile) yield* readIds('ids-file', idsFile);
}

/** The ids that were asked for and that the plan's source does not have, each once. */
export async function idsNotFound(kept: KeptSelection, plan: Pick<Plan, 'isFound'>) {
  const missing = new Set<string>();
  for await (const id of idsAskedFor(kept)) if (!plan.isFound(id)) missing.add(id);
  return [...missing];
}

/** Where runs are noted unless a flag says otherwise. */
export const defaultDataDir = (flags: ReplayFlags) => flags['data-dir'] ?? DEFAULT_DATA_DIR;

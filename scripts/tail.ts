import colors from 'picocolors';
import { identityOf } from '../lib/archive/entry.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { RecentIdentities } from '../lib/console/recent-identities.ts';
import { FACT_TYPES, type Fact } from '../lib/event/fact.ts';
import { followFacts } from '../lib/replay/follow-facts.ts';
import { escapeControls } from '../lib/safe-text.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { createFactTest, reasonOf } from './live/fact-filter.ts';
import { print, printJson } from './output.ts';
import { durationFlag } from './range-flags.ts';
import { openStack, requireLive, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';
import { stopSignal } from './stop-signal.ts';

const FLAGS = {
  ...STACK_FLAGS,
  type: { type: 'string' },
  id: { type: 'string' },
  name: { type: 'string' },
  reason: { type: 'string' },
  since: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Types of facts that are outcomes; `received` is none. */
const OUTCOMES: Fact['type'][] = ['deferred', 'delivered', 'deadLettered', 'dismissed'];

const USAGE = `Usage: npm run tail -- [which outcomes] [flags]

Prints what becomes of events as it happens, a line each, until Ctrl-C. It reads the journal, about a second behind, and takes one or two of
the five reads a second that a shard gives.

  --type A,B        of ${FACT_TYPES.join(', ')} (default: all but received)
  --id ID           of this event
  --name NAME       of events with this name, as far as they were received after --since
  --reason TEXT     whose reason, code or message holds this text
  --since D         begin so long ago, such as 10m (default: now)
${STACK_USAGE}
  --json            print each fact as one line of JSON

Exit codes: 0 stopped by Ctrl-C, 2 wrong usage, or the run is stopped.`;

/** `npm run tail`: outcomes as they happen. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const isWanted = createFactTest({ ...flags, types: typesOf(flags.type) });
    const sinceMs = Date.now() - durationFlag('since', flags.since, 0);
    const stack = await openStack(flags);
    try {
      const { reader } = requireLive(stack);
      const known = new RecentIdentities();
      await followFacts({
        ...{ reader, clock, sinceMs, signal: stopSignal() },
        ...(stack.isLocal ? { pollMs: LOCAL_POLL_MS } : {}),
        onFact(fact) {
          if (!known.addNew(identityOf(fact)) || !isWanted(fact)) return;
          if (flags.json) printJson(fact);
          else print(lineOf(fact));
        },
      });
      return 0;
    } finally {
      stack.close();
    }
  });
}

const LOCAL_POLL_MS = 300;

function typesOf(given: string | undefined): readonly Fact['type'][] {
  if (given === undefined) return OUTCOMES;
  const types = FACT_TYPES.filter((type) => given.split(',').includes(type));
  if (types.length === given.split(',').length) return types;
  throw new UsageError(`--type must be of ${FACT_TYPES.join(', ')}, not ${given}.`);
}

const COLOURS: Record<Fact['type'], (text: string) => string> = {
  received: colors.dim,
  deferred: colors.yellow,
  delivered: colors.green,
  deadLettered: colors.red,
  dismissed: colors.dim,
};

/** A fact as a line for a person. Pure. */
export function lineOf(fact: Fact): string {
  const { at, type, eventId } = fact;
  return `${at}  ${COLOURS[type](type.padEnd(12))}  ${escapeControls(eventId)}  ${colors.dim(escapeControls(detailOf(fact)))}`.trimEnd();
}

function detailOf(fact: Fact): string {
  const run = fact.replay ? ` (replay ${fact.replay.runId})` : '';
  switch (fact.type) {
    case 'received':
      return run.trim();
    case 'delivered': {
      const tries = fact.attempts.length;
      const often = tries > 1 ? `, ${tries} attempts` : '';
      return `queued ${fact.queuedMs} ms, call ${fact.dispatchMs} ms${often}${run}`;
    }
    case 'deferred':
      return `until ${fact.until}: ${reasonOf(fact)}${run}`;
    default:
      return `${reasonOf(fact)}${run}`;
  }
}

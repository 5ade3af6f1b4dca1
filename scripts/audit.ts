import { systemClock as clock } from '../lib/clock.ts';
import { audit } from '../lib/replay/audit.ts';
import type { AuditOptions, AuditSources } from '../lib/replay/audit-sources.ts';
import { askTargetOf, SAMPLE_FLAGS, SAMPLE_USAGE } from './audit/ask-target.ts';
import { linesOf } from './audit/print-report.ts';
import { exitCodeOf, integerFlag, isHelp, parseFlags } from './flags.ts';
import { readIds } from './id-list.ts';
import { print, printJson } from './output.ts';
import { durationFlag, RANGE_FLAGS, readRange } from './range-flags.ts';
import { createReadingNote } from './reading-note.ts';
import { openStack, STACK_FLAGS, STACK_USAGE, type Stack } from './stack/stack.ts';

const FLAGS = {
  ...RANGE_FLAGS,
  ...STACK_FLAGS,
  ...SAMPLE_FLAGS,
  acked: { type: 'string' },
  'pending-within': { type: 'string' },
  'lost-within': { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run audit -- [flags]

Says whether an event is lost. Every event received must be delivered, dead-lettered, dismissed, given up by Lambda and whole in the failures
bucket, parked in the spill bucket, or still to be delivered by the journal; and none created twice in one run.

  holds           all of that is so, and a second witness shows that the archive is whole: the versions of its bucket, the
                  status table, the journal (of a local run), or the ids of --acked
  does not hold   an event is lost, was created twice in one run, or (--sample) is not at the target
  not proven      neither can be said: a part of the archive cannot be read or is gone, or nothing speaks for it

  --from T, --to T  when events were received: a time (UTC) or how long ago, such as 2h (default: all until now)
  --acked FILE      ids that the API acknowledged, as replay takes them with --ids-file: each must have been received
  --pending-within D  where the journal cannot be read, as of a local run that is stopped: how long it may hold an event
                    (default: as long as the stream keeps records, by the settings file)
  --lost-within D   on AWS: also find objects of the whole archive that were deleted or replaced within this time
${SAMPLE_USAGE}
  --all             list every offender, not just 10 of each kind
${STACK_USAGE}
  --json            print the report as one line of JSON

Exit codes: 0 it holds, 1 it does not hold or is not proven, 2 wrong usage.`;

const SHOWN = 10;

const HOUR_MS = 3_600_000;

/** Beyond the buffer's time, how long an object of the archive takes to be there. */
const ARCHIVE_MARGIN_MS = 120_000;

/** The same in a local run, whose delivery stream has nothing to wait for. */
const LOCAL_ARCHIVE_MARGIN_MS = 10_000;

/** The journal is read for at most this. */
const PATIENCE_MS = 600_000;

/** `npm run audit`: conservation over a range of time. Exit code 0 only if it holds. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const nowMs = Date.now();
    const range = readRange(flags, nowMs);
    const acked = flags.acked === undefined ? undefined : readIds('acked', flags.acked);
    const stack = await openStack(flags);
    const note = createReadingNote(flags.json);
    try {
      const report = await audit(sourcesOf(stack), {
        ...{ range, nowMs, acked, ...limitsOf(flags, stack) },
        sample: await sampleOf(flags, stack),
        shown: flags.all ? Number.POSITIVE_INFINITY : SHOWN,
        onProgress: note.set,
      });
      note.stop();
      if (flags.json) printJson(report);
      else print(linesOf(report, stack, range));
      return report.holds ? 0 : 1;
    } finally {
      note.stop();
      stack.close();
    }
  });
}

type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>;

/** Returns the limits of the journal and the archive, by the settings. */
export function limitsOf(
  flags: Pick<Flags, 'pending-within' | 'lost-within'>,
  { settings, isLocal, live }: Stack,
) {
  const retainedMs = settings.stream_retention_hours * HOUR_MS;
  const marginMs = isLocal ? LOCAL_ARCHIVE_MARGIN_MS : ARCHIVE_MARGIN_MS;
  const lagMs = settings.archive_buffer_seconds * 1000 + marginMs;
  return {
    retentionMs: retainedMs,
    pendingWithinMs: durationFlag('pending-within', flags['pending-within'], retainedMs),
    // Nothing comes any more into the archive of a run that is stopped.
    archiveLagMs: live ? lagMs : 0,
    lostWithinMs:
      flags['lost-within'] === undefined
        ? undefined
        : durationFlag('lost-within', flags['lost-within'], 0),
  };
}

async function sampleOf(flags: Flags, stack: Stack): Promise<AuditOptions['sample']> {
  const count = integerFlag('sample', flags.sample, { min: 0, max: 10_000, fallback: 0 });
  if (count === 0) return undefined;
  return { count, ask: await askTargetOf(flags, stack), random: Math.random };
}

/** The journal of a local run has no limits of reading, and its archive keeps no versions: so it is the witness there. */
export function sourcesOf(stack: Stack): AuditSources {
  const { archive, spill, failures, dispatchFunctionName, versions, live, isLocal } = stack;
  const stores = { archive, spill, failures, dispatchFunctionName, versions };
  if (!live) return stores;
  return {
    ...stores,
    receipts: stack.settings.status_table === 'all' ? live.receipts : undefined,
    journal: {
      reader: live.reader,
      positions: live.positions,
      clock,
      isWitness: isLocal,
      ...(isLocal ? { pauseMs: 0 } : {}),
      patienceMs: PATIENCE_MS,
    },
  };
}

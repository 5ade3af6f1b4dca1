import { audit } from '../lib/replay/audit.ts';
import type { PipelineSettings } from '../lib/settings.ts';
import { linesOf } from './audit/print-report.ts';
import { exitCodeOf, isHelp, parseFlags } from './flags.ts';
import { readIds } from './id-list.ts';
import { print, printJson } from './output.ts';
import { durationFlag, RANGE_FLAGS, readRange } from './range-flags.ts';
import { createReadingNote } from './reading-note.ts';
import { openStack, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';

const FLAGS = {
  ...RANGE_FLAGS,
  ...STACK_FLAGS,
  acked: { type: 'string' },
  'pending-within': { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run audit -- [flags]

Proves from the archive that no event is lost: every event received is delivered, dead-lettered, given up by Lambda and
whole in the failures bucket, parked in the spill bucket, or may still be delivered; and none was created twice. Replays do not count as twice.

  --from T, --to T  when events were received: a time (UTC) or how long ago, such as 2h (default: all until now)
  --acked FILE      ids that the API acknowledged, as replay takes them with --ids-file: each must have been received
  --pending-within D  after so long, an event that has not ended counts as lost (default: as long as the stream may
                    hold it, by the settings file), counted for a parked event from a day after it was due
  --all             list every offender, not just 10 of each kind
${STACK_USAGE}
  --json            print the report as one line of JSON

Exit codes: 0 it holds, 1 it does not, 2 wrong usage.`;

const SHOWN = 10;

/** `npm run audit`: conservation over a range of time. Exit code 0 only if it holds. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const nowMs = Date.now();
    const range = readRange(flags, nowMs);
    const acked = flags.acked === undefined ? undefined : readIds('acked', flags.acked);
    const stack = await openStack(flags);
    const pendingWithinMs = durationFlag(
      'pending-within',
      flags['pending-within'],
      longestPendingMs(stack.settings),
    );
    const note = createReadingNote(flags.json);
    try {
      const shown = flags.all ? Number.POSITIVE_INFINITY : SHOWN;
      const options = { range, nowMs, pendingWithinMs, acked, shown, onProgress: note.update };
      const report = await audit(stack, options);
      note.stop();
      if (flags.json) printJson(report);
      else print(linesOf(report, stack.name, range));
      return report.holds ? 0 : 1;
    } finally {
      stack.close();
    }
  });
}

/** Then Lambda has given a record up, or the stream has dropped it; with an hour for the archive to be written. */
function longestPendingMs(settings: PipelineSettings): number {
  const retention = settings.stream_retention_hours * 3600;
  const maximumAge = settings.dispatch_maximum_record_age_seconds;
  const seconds = maximumAge === -1 ? retention : Math.min(maximumAge, retention);
  return (seconds + 3600) * 1000;
}

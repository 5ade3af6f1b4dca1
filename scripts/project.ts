import { type Entry, newReadCounts, type ReadCounts } from '../lib/archive/entry.ts';
import { readArchive } from '../lib/archive/read-archive.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { type RebuildReport, rebuildStatus } from '../lib/status/rebuild.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { print, printJson } from './output.ts';
import { describeRange, RANGE_FLAGS, readRange } from './range-flags.ts';
import { createReadingNote, readingOf } from './reading-note.ts';
import { quiet } from './stack/services.ts';
import { openStack, requireLive, STACK_FLAGS, STACK_USAGE } from './stack/stack.ts';

const FLAGS = { ...RANGE_FLAGS, ...STACK_FLAGS, json: { type: 'boolean' } } as const;

const USAGE = `Usage: npm run project -- [flags]

Writes the archive's facts to the status table, and to Timestream where that is enabled, as the projection does with those of the journal:
after the table was lost, or a batch of the projection was given up. A row that is there already is not changed.

  --from T, --to T  which facts, by when they happened: a time (UTC) or how long ago, such as 2h (default: all until now)
${STACK_USAGE}
  --json            print what it came to as one line of JSON

Exit codes: 0 every fact that the tables keep was written, 1 some were not or the archive is damaged, 2 wrong usage, or there is no table.`;

/** `npm run project`: fills the status table from the archive. Exit code 0 when every fact that the table keeps was written. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const range = readRange(flags, Date.now());
    const stack = await openStack(flags);
    const note = createReadingNote(flags.json);
    try {
      const { statusTable: table, timestream } = requireLive(stack);
      if (!table && !timestream)
        throw new UsageError(`There is neither a status table nor Timestream in ${stack.name}.`);
      const keeps = stack.settings.status_table === 'problems' ? 'problems' : 'all';
      const counts = newReadCounts();
      const entries = readArchive(stack.archive, { range, counts });
      const facts = factsOf(entries, () => note.set(readingOf(counts)));
      const report = await rebuildStatus(facts, { table, timestream, keeps, clock, log: quiet });
      note.stop();
      if (flags.json) printJson({ ...report, archive: counts });
      else print(linesOf(report, counts, `${stack.name}, ${describeRange(range)}`));
      const { unsettled, dropped, skipped, notInTimestream = 0 } = report;
      return unsettled + dropped + skipped + notInTimestream + counts.damaged === 0 ? 0 : 1;
    } finally {
      note.stop();
      stack.close();
    }
  });
}

async function* factsOf(entries: AsyncIterable<Entry[]>, onRead: () => void) {
  for await (const part of entries) {
    yield part.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
    onRead();
  }
}

function linesOf(report: RebuildReport, counts: ReadCounts, title: string): string {
  const lines: [number, string][] = [
    [counts.objects, 'objects read'],
    [report.written, 'facts are in the status table'],
    [report.dropped, 'were rejected by the table'],
    [
      report.notKept,
      'are not kept: status_table is problems, and nothing was wrong with their events',
    ],
    [report.skipped, 'no row can hold'],
    [counts.damaged, 'lines or objects are damaged: npm run audit names them'],
    [
      report.unsettled,
      'could not be written; later facts were not tried: the status table is unavailable',
    ],
    [report.notInTimestream ?? 0, 'are not in Timestream: run this again once it takes rows'],
  ];
  const told = lines.filter(([count], index) => index < 2 || count > 0);
  return [title, ...told.map(([count, text]) => `${String(count).padStart(9)}  ${text}`)].join(
    '\n',
  );
}

import colors from 'picocolors';
import type { Damage, ReadCounts } from '../../lib/archive/entry.ts';
import type { TimeRange } from '../../lib/archive/partitions.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { describeRange } from '../range-flags.ts';

type Offence = keyof AuditReport['offences'];

/** What each offence means, and what to do about it. */
const OFFENCES: Record<Offence, string> = {
  unaccounted: 'received, never delivered, and too old to be in the stream',
  neverReceived:
    'delivered or dead-lettered, but the archive does not hold that they were received',
  deliveredTwice: 'created twice at the target, without a replay',
  missing: 'acknowledged, but not in the archive',
  givenUp: 'given up by Lambda: npm run replay -- --failures brings them back',
};

/** The report as lines for a person. */
export function linesOf(report: AuditReport, where: string, range: TimeRange): string[] {
  const { events, offences, acked } = report;
  const row = (label: string, value: number, note = '') =>
    `  ${label.padEnd(16)} ${colors.bold(String(value).padStart(10))}  ${colors.dim(note)}`.trimEnd();
  return [
    colors.bold(`Events received ${describeRange(range)}, by the archive of ${where}`),
    row('received', events.received, events.replayed ? `${events.replayed} were replayed` : ''),
    row('delivered', events.delivered),
    row('dead-lettered', events.deadLettered),
    ...(events.dismissed
      ? [row('dismissed', events.dismissed, 'dead letters that need nothing')]
      : []),
    row('given up', events.givenUp, events.givenUp ? OFFENCES.givenUp : ''),
    row('parked', events.parked, events.parked ? 'wait in the spill bucket to be tried again' : ''),
    row('pending', events.pending, events.pending ? 'may still be delivered' : ''),
    row('unaccounted', events.unaccounted),
    row('delivered twice', offences.deliveredTwice),
    ...(acked === undefined ? [] : [row('acknowledged', acked, `${offences.missing} are missing`)]),
    ...readingLines(report.archive, report.damages),
    ...offenderLines(report),
    report.holds
      ? colors.green('It holds: no event is lost, and none was created twice.')
      : colors.red('It does NOT hold.'),
  ];
}

function offenderLines({ offences, offenders }: AuditReport): string[] {
  return (Object.keys(OFFENCES) as Offence[])
    .filter((offence) => offences[offence] > 0)
    .flatMap((offence) => {
      const ids = offenders[offence];
      const more = offences[offence] - ids.length;
      return [
        `${offences[offence]} ${OFFENCES[offence]}:`,
        ...ids.map((id) => `  ${id}`),
        ...(more > 0 ? [`  and ${more} more: see them with --all`] : []),
      ];
    });
}

/** What was read, and what could not be. */
export function readingLines(counts: ReadCounts, damages: Damage[]): string[] {
  const { objects, facts, repeated, damaged } = counts;
  const again = repeated > 0 ? `, and ${repeated} of them once more` : '';
  const lines = [colors.dim(`  read: ${facts} facts in ${objects} objects${again}`)];
  if (damaged === 0) return lines;
  const more = damaged - damages.length;
  return [
    ...lines,
    colors.yellow(`  ${damaged} damaged places; what they held is not known:`),
    ...damages.map(({ key, line, detail }) => `    ${key}${line ? `:${line}` : ''}: ${detail}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

import colors from 'picocolors';
import { type Damage, describePlace, type ReadCounts } from '../../lib/archive/entry.ts';
import type { TimeRange } from '../../lib/archive/partitions.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { escapeControls } from '../../lib/safe-text.ts';
import { describeRange } from '../range-flags.ts';

type Offence = keyof AuditReport['offences'];

/** What each offence means, and what to do about it. */
export const OFFENCES: Record<Offence, string> = {
  unaccounted: 'received, have no end, and are in no store that would bring them back',
  unjudged: 'received, without an end; it is not known whether they may still be delivered',
  neverReceived:
    'delivered or dead-lettered, but the archive does not hold that they were received',
  deliveredTwice: 'created twice at the target in one run',
  missing: 'acknowledged, but not received',
  notAtTarget: 'delivered, but the target does not have them',
  notArchived: 'received by the status table, but the archive does not hold them',
  conflicting:
    'came with several bodies under one id, of which the target has one at most: npm run query -- conflicts shows them',
  givenUp: 'given up by Lambda: npm run replay -- --failures brings them back',
};

/** The report as lines for a person. */
export function linesOf(
  report: AuditReport,
  { name }: { name: string },
  range: TimeRange,
): string[] {
  const { events, offences, acked, sampled, createdAgain } = report;
  return [
    colors.bold(`Events received ${describeRange(range)}, by the archive of ${name}`),
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
    ...(events.unjudged ? [row('not judged', events.unjudged, OFFENCES.unjudged)] : []),
    row('delivered twice', offences.deliveredTwice),
    row('created again', createdAgain, createdAgain ? 'at the target, replays included' : ''),
    ...(offences.conflicting
      ? [row('conflicts', offences.conflicting, 'several bodies under one id')]
      : []),
    ...(acked === undefined ? [] : [row('acknowledged', acked, `${offences.missing} are missing`)]),
    ...(sampled ? [row('asked the target', sampled.asked, `${sampled.found} are there`)] : []),
    ...readingLines(report.archive, report.damages),
    ...lostLines(report.lostObjects),
    ...offenderLines(report),
    ...excludedLines(report),
    ...verdictLines(report),
  ];
}

function row(label: string, value: number, note = ''): string {
  return `  ${label.padEnd(16)} ${colors.bold(String(value).padStart(10))}  ${colors.dim(note)}`.trimEnd();
}

function verdictLines({ verdict, findings, witnesses }: AuditReport): string[] {
  const why = findings.map((finding) => `  - ${escapeControls(finding)}`);
  switch (verdict) {
    case 'holds':
      return [
        colors.green('It holds: no event is lost, and none was created twice in one run.'),
        colors.dim(`  witnesses besides the archive: ${witnesses.join(', ')}`),
      ];
    case 'does not hold':
      return [colors.red('It does NOT hold:'), ...why];
    case 'not proven':
      return [colors.yellow('It is NOT PROVEN, either way:'), ...why];
  }
}

function excludedLines({ excludedFrom }: AuditReport): string[] {
  if (excludedFrom === undefined) return [];
  return [
    colors.yellow(
      `  left out: what was received from ${excludedFrom} on, which the archive may not hold yet`,
    ),
  ];
}

function lostLines({ count, elsewhere, some }: AuditReport['lostObjects']): string[] {
  const all = count + elsewhere;
  if (all === 0) return [];
  const more = all - some.length;
  return [
    colors.yellow(`  ${all} objects of the archive are gone as they were:`),
    ...some.map(({ key, how, at, versionId }) =>
      escapeControls(`    ${key}: ${how} at ${at}, version before ${versionId}`),
    ),
    ...(more > 0 ? [`    and ${more} more`] : []),
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
        ...ids.map((id) => `  ${escapeControls(id)}`),
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
    ...damages.map((damage) => escapeControls(`    ${describePlace(damage)}: ${damage.detail}`)),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

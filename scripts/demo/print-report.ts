import colors from 'picocolors';
import type { DemoReport } from './report.ts';

/** The report as lines for a person. */
export function linesOf(report: DemoReport): string[] {
  const { scenario, target, ingestMs, deliveryMs, archive } = report;
  const row = (label: string, value: string | number, note = '') =>
    `  ${label.padEnd(22)} ${colors.bold(String(value).padStart(8))}  ${colors.dim(note)}`;
  const ms = (value: number) => `${Math.round(value)} ms`;
  const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
  return [
    '',
    colors.bold(
      `${scenario.events} events at ${scenario.sendRatePerSecond}/s to a target that allows ` +
        `${scenario.targetRatePerSecond}/s and fails ${scenario.targetErrorShare * 100} % of calls`,
    ),
    '',
    row('accepted', report.accepted, 'answered 202, each sent once'),
    row('refused', report.refused),
    row('archived', report.archived, 'events found in S3'),
    row('delivered', report.delivered, 'created at the target, with their brand'),
    row('dead-lettered', report.deadLettered),
    row('duplicates at target', report.duplicatesAtTarget),
    '',
    row(
      'calls to the target',
      target.calls,
      `${target.failed} of them failed and were tried again`,
    ),
    row('answered 429', target.throttled),
    row(
      'rate used',
      `${(target.rateUsedWhileWaiting * 100).toFixed(1)} %`,
      `of ${target.allowedPerSecond} calls/s while events waited for their first call; at most ${target.busiestSecond} in any second`,
    ),
    '',
    row(
      'POST to 202',
      ms(ingestMs.p50),
      `p50; p99 ${ms(ingestMs.p99)}, max ${ms(ingestMs.max)}, ${ingestMs.over500} over 500 ms`,
    ),
    row(
      'POST to target',
      seconds(deliveryMs.p50),
      `p50; p99 ${seconds(deliveryMs.p99)}, max ${seconds(deliveryMs.max)}`,
    ),
    row(
      'archive',
      archive.facts,
      `facts in ${archive.objects} gzip objects, ${archive.repeated} repeated, ${archive.damaged.length} damaged`,
    ),
    '',
    colors.bold(`The life of event ${report.life.eventId}`),
    ...report.life.lines.map((line) => `  ${line}`),
    '',
    verdict(report),
    ...Object.entries(report.violations).map(([how, ids]) => `  ${how}: ${ids.join(', ')}`),
  ];
}

function verdict({ ok }: DemoReport): string {
  return ok
    ? colors.green(
        'Every accepted event is archived, and delivered or dead-lettered: checked id by id.',
      )
    : colors.red('NOT every event is accounted for:');
}

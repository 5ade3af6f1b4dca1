import colors from 'picocolors';
import { isJsonObject } from '../../lib/event/source-event.ts';
import type { Plan } from '../../lib/replay/plan.ts';
import type { ChosenFact } from '../../lib/replay/replayed-facts.ts';
import type { RunResult } from '../../lib/replay/run.ts';
import { escapeControls } from '../../lib/safe-text.ts';
import { readingLines } from '../audit/print-report.ts';
import { describeDuration, describeRange } from '../range-flags.ts';

/** The outcome of a dry run. */
export interface Forecast {
  events: number;
  waiting: number;
  wrong: number;
  range: string;
  ratePerSecond: number;
  takesMs: number;
  sample: { eventId: string; name: unknown; receivedAt: string }[];
}

export function forecastOf(plan: Plan, sample: ChosenFact[], ratePerSecond: number): Forecast {
  return {
    events: plan.events,
    waiting: plan.waiting,
    wrong: plan.wrong,
    range: describeRange(plan.selection.range),
    ratePerSecond,
    takesMs: Math.round((plan.events / ratePerSecond) * 1000),
    sample: sample.map(({ fact }) => ({
      eventId: fact.eventId,
      name: isJsonObject(fact.payload) ? fact.payload.name : undefined,
      receivedAt: fact.at,
    })),
  };
}

/** The forecast as lines for a person. */
export function forecastLines(forecast: Forecast, plan: Plan, where: string): string[] {
  const { events, waiting, wrong, range, ratePerSecond, takesMs, sample } = forecast;
  const { source, state } = plan.selection;
  const what = source === 'failures' ? 'given up by Lambda' : WHAT[state];
  return [
    colors.bold(`${events} events ${what}, received ${range}, of ${where}`),
    ...(waiting > 0
      ? [
          `  ${waiting} more are left out: dispatch may still deliver them. They are in the journal, parked, or younger than --older-than`,
        ]
      : []),
    ...(wrong > 0
      ? [
          `  ${wrong} more are left out: they stand in damaged objects, whose facts may be wrong though they look right. Restore those first`,
        ]
      : []),
    `  at ${Number(ratePerSecond.toFixed(2))} a second they take ${describeDuration(takesMs)}`,
    ...sample.map(({ eventId, name, receivedAt }) =>
      colors.dim(escapeControls(`  ${receivedAt}  ${eventId}  ${name}`)),
    ),
    ...(events > sample.length ? [colors.dim(`  and ${events - sample.length} more`)] : []),
    ...readingLines(plan.counts, plan.damages),
  ];
}

const WHAT: Record<Plan['selection']['state'], string> = {
  any: '(delivered or not)',
  undelivered: 'that were not delivered',
  deadLettered: 'that were dead-lettered and not delivered since',
};

/** The ids that were asked for and are not there, as lines for a person. */
export function notFoundLines(ids: readonly string[], range: string): string[] {
  if (ids.length === 0) return [];
  const more = ids.length - NAMED;
  return [
    colors.red(`${ids.length} of the ids are not among the events received ${range}:`),
    ...ids.slice(0, NAMED).map((id) => `  ${escapeControls(id)}`),
    ...(more > 0 ? [`  and ${more} more: --json lists them all`] : []),
  ];
}

/** Ids that are listed at most. */
const NAMED = 10;

/** What a run came to, as lines for a person. */
export function resultLines(result: RunResult, planned: number, resumeWith: string): string[] {
  const { appended, refused, end } = result;
  const lines = [
    `${appended} of ${planned} events are in the journal again; dispatch delivers them.`,
  ];
  if (refused.length > 0)
    lines.push(
      colors.red(`${refused.length} were not taken by the journal:`),
      ...refused.slice(0, NAMED).map((id) => `  ${escapeControls(id)}`),
    );
  if (end === 'unavailable') lines.push(colors.red('The journal takes nothing at the moment.'));
  if (end === 'stopped') lines.push('Stopped; nothing is lost.');
  if (end === 'behind')
    lines.push(
      colors.red('Dispatch did not catch up: look at it before you go on (npm run audit).'),
    );
  if (end === 'replaced')
    lines.push(colors.red('The lock of replays was lost: another replay may have begun.'));
  if (end !== 'done' || refused.length > 0) lines.push('Go on with:', `  ${resumeWith}`);
  return lines;
}

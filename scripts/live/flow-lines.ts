import colors from 'picocolors';
import type { Count, FlowNumbers } from '../../lib/console/flow-numbers.ts';
import { escapeControls } from '../../lib/safe-text.ts';
import { describeDuration } from '../range-flags.ts';

/** The numbers of a pipeline as the lines of one screen. Pure. */
export function flowLines(name: string, flow: FlowNumbers): string[] {
  const { perSecond, counts, backlog, rate, stores, target, dispatch, atMs, latency } = flow;
  const per = (value: number) => `${value.toFixed(1)}/s`;
  const lag = backlog.count === 0 ? 'nothing waits' : `oldest ${describeDuration(backlog.lagMs)}`;
  return [
    colors.bold(escapeControls(name)),
    colors.dim(`${timeOf(atMs)} UTC; counts since ${timeOf(flow.sinceMs)}`),
    '',
    row('in', per(perSecond.received), `${counts.received} received${replayed(counts.replayed)}`),
    row('journal', countText(backlog), lag, backlog.lagMs > LATE_MS ? colors.yellow : undefined),
    row('dispatch', dispatchText(flow), dispatchNote(dispatch), dispatchColour(dispatch)),
    row('target', target.state, targetNote(flow), target.state === 'well' ? undefined : colors.red),
    row('rate used', per(perSecond.attempts), rateNote(rate, atMs)),
    row(
      'delivered',
      per(perSecond.delivered),
      `${counts.delivered} delivered${latencyNote(latency)}`,
    ),
    row('429', per(perSecond.throttled), `${counts.attempts.throttled ?? 0} refused calls`),
    '',
    stored('parked', stores.parked, dueNote(stores.parked?.nextDueMs, atMs), colors.yellow),
    stored('dead letters', stores.openDeadLetters, reasonsNote(flow), colors.red),
    stored('spilled', stores.spilled, 'wait for the journal', colors.yellow),
    stored('given up', stores.givenUp, 'batches in the failures bucket', colors.red),
    row('archive', archiveAge(stores.archivedMs, atMs), 'since its newest object'),
    ...flow.problems.map((problem) => colors.yellow(escapeControls(problem))),
  ];
}

type Colour = (text: string) => string;

/** A journal that is read within seconds is up to date. */
const LATE_MS = 10_000;

function row(label: string, value: string, note: string, colour: Colour = colors.bold): string {
  return `  ${label.padEnd(13)} ${colour(value.padStart(12))}  ${colors.dim(note)}`.trimEnd();
}

function stored(label: string, value: Count | null, note: string, colour: Colour): string {
  const hasSome = value !== null && value.count > 0;
  return row(
    label,
    value ? countText(value) : '–',
    hasSome ? note : '',
    hasSome ? colour : undefined,
  );
}

const countText = ({ count, isAll }: Count) => `${count}${isAll ? '' : '+'}`;

const timeOf = (ms: number) => new Date(ms).toISOString().slice(11, 19);

const replayed = (count: number) => (count > 0 ? `, and ${count} replayed` : '');

function dispatchText({ dispatch, rate, target, atMs }: FlowNumbers): string {
  if (dispatch === null) return 'unknown';
  if (dispatch.state === 'Disabled') return 'PAUSED';
  if (dispatch.state !== 'Enabled') return dispatch.state;
  if (target.state !== 'well') return 'holds';
  return rate.pausedUntilMs > atMs ? 'waits' : 'runs';
}

function dispatchNote(dispatch: FlowNumbers['dispatch']): string {
  if (dispatch?.state !== 'Disabled') return '';
  return `since ${timeOf(dispatch.changedAtMs)}; events are accepted and kept: npm run resume`;
}

function dispatchColour(dispatch: FlowNumbers['dispatch']): Colour | undefined {
  return dispatch?.state === 'Enabled' ? undefined : colors.yellow;
}

function targetNote({ target, atMs }: FlowNumbers): string {
  const { lastFailure, lastSuccessMs, state } = target;
  const success = lastSuccessMs === null ? '' : `last success ${agoOf(lastSuccessMs, atMs)}`;
  if (state === 'well') return success;
  return escapeControls([lastFailure ?? '', success].filter(Boolean).join('; '));
}

const agoOf = (ms: number, nowMs: number) => `${describeDuration(Math.max(0, nowMs - ms))} ago`;

function rateNote({ allowed, learned, pausedUntilMs }: FlowNumbers['rate'], nowMs: number): string {
  const parts = [
    allowed === null ? 'the allowed rate is unknown' : `of ${allowed}/s allowed`,
    learned ? `a limit of ${learned.ratePerSecond.toFixed(1)}/s was met` : '',
    pausedUntilMs > nowMs
      ? `the target asked to wait ${describeDuration(pausedUntilMs - nowMs)} more`
      : '',
  ];
  return parts.filter(Boolean).join('; ');
}

function latencyNote(latency: FlowNumbers['latency']): string {
  return latency ? `; from POST: median ${latency.p50} ms, p99 ${latency.p99} ms` : '';
}

function dueNote(nextDueMs: number | null | undefined, nowMs: number): string {
  if (!nextDueMs) return '';
  return nextDueMs > nowMs
    ? `the next is due in ${describeDuration(nextDueMs - nowMs)}`
    : `due ${agoOf(nextDueMs, nowMs)}, and released by recover`;
}

function reasonsNote({ counts }: FlowNumbers): string {
  const reasons = Object.entries(counts.deadLetteredByReason).map(
    ([reason, count]) => `${reason} ${count}`,
  );
  const lately = reasons.length > 0 ? `lately: ${reasons.join(', ')}; ` : '';
  return `${lately}npm run dismiss -- --list`;
}

function archiveAge(archivedMs: number | null, nowMs: number): string {
  return archivedMs === null ? 'none' : describeDuration(Math.max(0, nowMs - archivedMs));
}

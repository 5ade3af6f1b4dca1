import type { TimeRange } from '../lib/archive/partitions.ts';
import { UsageError } from './flags.ts';

export const RANGE_FLAGS = { from: { type: 'string' }, to: { type: 'string' } } as const;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** An ISO 8601 date or date-time; without a zone it is taken as UTC, as everything here is. */
const ISO_TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The range from `--from` to `--to`, each a time, `now`, or how long ago; what is left out is open at the beginning and now at the end. A date as
 * `--to` includes the whole day, in UTC.
 */
export function readRange(
  flags: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): TimeRange {
  const fromMs =
    flags.from === undefined ? Number.NEGATIVE_INFINITY : timeFlag('from', flags.from, nowMs);
  const toMs = flags.to === undefined ? nowMs : timeFlag('to', flags.to, nowMs);
  if (fromMs >= toMs)
    throw new UsageError('--from must be before --to (which is now if not given).');
  return { fromMs, toMs };
}

function timeFlag(name: string, text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const agoMs = durationMs(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  const ms = parseIsoTime(text);
  if (ms !== undefined && name === 'to' && !text.includes(':')) return ms + UNIT_MS.d;
  if (ms === undefined)
    throw new UsageError(
      `--${name} must be a time such as 2026-01-31 or 2026-01-31T12:00 (UTC), how long ago, such as 2h, or now, not ${text}.`,
    );
  return ms;
}

/** `undefined` for what is no time, and for a day that its month does not have: `Date` would take 30 February for 2 March. */
function parseIsoTime(text: string): number | undefined {
  if (!ISO_TIME.test(text)) return undefined;
  const [date = '', time = '00:00'] = text.split(/[T ]/);
  const midnightMs = Date.parse(`${date}T00:00Z`);
  const isDay = !Number.isNaN(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
  const zone = /Z|[+-]\d\d:?\d\d$/.test(time) ? '' : 'Z';
  const ms = isDay ? Date.parse(`${date}T${time}${zone}`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The value of a flag such as `90s` or `2h`, in milliseconds, or the default. */
export function durationFlag(name: string, text: string | undefined, fallbackMs: number): number {
  if (text === undefined) return fallbackMs;
  const ms = durationMs(text);
  if (ms === undefined)
    throw new UsageError(`--${name} must be a time such as 90s or 2h, not ${text}.`);
  return ms;
}

function durationMs(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return unit === undefined ? undefined : Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** A range for people. */
export function describeRange({ fromMs, toMs }: TimeRange): string {
  const to = new Date(toMs).toISOString();
  return Number.isFinite(fromMs) ? `${new Date(fromMs).toISOString()} to ${to}` : `up to ${to}`;
}

/** A duration for people: 2 h 5 min, 3 min 10 s, 42 s, 0.5 s. */
export function describeDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

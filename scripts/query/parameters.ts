import { UsageError } from '../flags.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a person asked for. */
export interface QueryRange {
  /** From this time on, in milliseconds since the epoch. */
  fromMs: number;
  /** Up to, and without, this time. */
  toMs: number;
  /** How old an event must be, counted back from the range's end. */
  minutes: number;
  eventId: string | undefined;
}

/**
 * What a query can have for a `?`. Partitions say when facts arrived, within a buffer's time: a fact can lie in the hour before
 * its own time, and one that waited for the journal, in spill, in a day after it.
 */
export const PARAMETERS = {
  from: ({ fromMs }: QueryRange) => iso(fromMs),
  to: ({ toMs }: QueryRange) => iso(toMs),
  first_day: ({ fromMs }: QueryRange) => iso(fromMs - HOUR_MS).slice(0, 10),
  last_day: ({ toMs }: QueryRange) => iso(toMs + DAY_MS).slice(0, 10),
  older_than: ({ toMs, minutes }: QueryRange) => iso(toMs - minutes * 60_000),
  event_id: ({ eventId }: QueryRange) => eventId ?? missing(),
};

export type ParameterName = keyof typeof PARAMETERS;

export function isParameter(name: string): name is ParameterName {
  return Object.hasOwn(PARAMETERS, name);
}

/** The values for a query's `?`, in order; all are text. Throws a {@link UsageError} when one is missing. Pure. */
export function valuesOf(parameters: ParameterName[], range: QueryRange): string[] {
  return parameters.map((name) => PARAMETERS[name](range));
}

const iso = (ms: number) => new Date(ms).toISOString();

function missing(): never {
  throw new UsageError('This query is about one event: name it with --event-id.');
}

const SPAN = /^(\d+(?:\.\d+)?)(m|h|d)$/;
const SPAN_MS: Record<string, number> = { m: 60_000, h: HOUR_MS, d: DAY_MS };

/** A time flag: ISO 8601 (UTC where it says no offset), or how long ago, as `90m`, `24h` or `7d`. */
export function timeFlag(name: string, text: string, nowMs: number): number {
  const [, amount, unit = ''] = SPAN.exec(text) ?? [];
  if (amount) return nowMs - Number(amount) * (SPAN_MS[unit] ?? 0);
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/.test(text);
  const hasZone = /([Zz]|[+-]\d{2}:?\d{2})$/.test(text) || text.length === 10;
  const ms = isIso ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(
      `--${name} must be a time as 2026-01-31T12:00Z, or how long ago as 24h, not ${text}.`,
    );
  return ms;
}

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
  requestId: string | undefined;
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
  event_id: ({ eventId }: QueryRange) => eventId ?? missing('event', 'event-id'),
  request_id: ({ requestId }: QueryRange) => requestId ?? missing('request', 'request-id'),
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

function missing(what: string, flag: string): never {
  throw new UsageError(`This query is about one ${what}: name it with --${flag}.`);
}

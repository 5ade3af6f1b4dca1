/** A span of time in milliseconds since the epoch, `toMs` excluded; infinite where it has no end. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

export const ALL_TIME: TimeRange = {
  fromMs: Number.NEGATIVE_INFINITY,
  toMs: Number.POSITIVE_INFINITY,
};

export function isWithin(ms: number, { fromMs, toMs }: TimeRange): boolean {
  return ms >= fromMs && ms < toMs;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** For more, one listing of everything takes fewer calls. */
const MOST_PARTITIONS = 1000;

/**
 * The prefixes under which facts of that time can lie, in key order: `<prefix>dt=YYYY-MM-DD/hh=HH/`, and
 * `<prefix>dt=YYYY-MM-DD/` where all of a day is wanted; only `prefix` itself where the range has an open end.
 *
 * An object lies under the arrival of its oldest record, and a fact arrives after it happened. So the range is widened by
 * an hour before (a buffer is at most 15 minutes old) and a day after: what was spilled or delivered again arrives late.
 */
export function partitionsOf(prefix: string, { fromMs, toMs }: TimeRange): string[] {
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) return [prefix];
  const endMs = toMs + DAY_MS;
  const partitions: string[] = [];
  for (let atMs = floor(fromMs - HOUR_MS, HOUR_MS); atMs < endMs; ) {
    const wholeDay = atMs % DAY_MS === 0 && atMs + DAY_MS <= endMs;
    const time = new Date(atMs).toISOString();
    const day = `${prefix}dt=${time.slice(0, 10)}/`;
    partitions.push(wholeDay ? day : `${day}hh=${time.slice(11, 13)}/`);
    if (partitions.length > MOST_PARTITIONS) return [prefix];
    atMs += wholeDay ? DAY_MS : HOUR_MS;
  }
  return partitions;
}

function floor(ms: number, unitMs: number): number {
  return Math.floor(ms / unitMs) * unitMs;
}

/** Values below are seconds from now; from here on they are a moment. 1e9 is 2001 in seconds, and a wait of 31 years. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e11;

/** A wait in whole milliseconds; `undefined` for 0, negative values and junk. */
export function positive(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? Math.ceil(ms) : undefined;
}

/**
 * Reads a wait in seconds (`19`, `0.5`), a duration with a unit (`1m30s`), a moment in epoch seconds or milliseconds, or an HTTP or ISO
 * date. Pure.
 */
export function secondsOrMoment(text: string | undefined, nowMs: number): number | undefined {
  const trimmed = text?.trim();
  if (!trimmed) return undefined;
  if (!/^\d{1,16}(\.\d{1,9})?$/.test(trimmed))
    return durationMs(trimmed) ?? momentMs(trimmed, nowMs);
  const value = Number(trimmed);
  if (value >= FIRST_EPOCH_MS) return positive(value - nowMs);
  return positive(value >= FIRST_EPOCH_SECONDS ? value * 1000 - nowMs : value * 1000);
}

/** The time until an HTTP date, an ISO date, or epoch seconds or milliseconds. Pure. */
export function momentMs(text: string, nowMs: number): number | undefined {
  const value = Number(text);
  if (Number.isFinite(value))
    return positive((value >= FIRST_EPOCH_MS ? value : value * 1000) - nowMs);
  // Other texts with digits, such as "-5" or "1,000", are dates to `Date.parse`.
  const isDate = /^[A-Za-z]{3,9},? /.test(text) || /^\d{4}-\d\d-\d\d[T ]/.test(text);
  return isDate ? positive(Date.parse(text) - nowMs) : undefined;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, s: 1000, d: 86_400_000 };

/** `500ms`, `1.5s`, `19 seconds`, `6m0s`, `2 minutes`, `00:12:30`. Pure. */
export function durationMs(text: string): number | undefined {
  const clock = /^(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (clock) {
    const [, hours, minutes, seconds] = clock.map(Number);
    return positive(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
  }
  const part =
    /(\d{1,9}(?:\.\d{1,9})?) ?(ms|milli\w*|s|sec\w*|m|min\w*|h|hours?|d|days?)(?![a-z])/gi;
  const rest = text.replace(part, '').trim();
  if (rest !== '') return undefined;
  let ms = 0;
  for (const [, value, unit = ''] of text.matchAll(part)) {
    const name = unit.toLowerCase();
    ms +=
      Number(value) *
      (name === 'ms' || name.startsWith('milli') ? 1 : (UNITS[name.charAt(0)] ?? 0));
  }
  return positive(ms);
}

let minute = '';
let minuteMs = 0;

/**
 * A fact's `at` in milliseconds since the epoch; NaN for what is no time. Facts are read in about the order of time, so the minute is
 * remembered: the rest is four times as fast as `Date.parse`.
 */
export function msOf(at: string): number {
  if (at.length !== 24 || at.charCodeAt(23) !== 90) return Date.parse(at);
  if (!at.startsWith(minute) || minute === '') {
    const ms = Date.parse(at);
    if (Number.isNaN(ms)) return ms;
    minute = at.slice(0, 17);
    minuteMs = Math.floor(ms / 60_000) * 60_000;
    return ms;
  }
  const digit = (index: number) => at.charCodeAt(index) - 48;
  const seconds = digit(17) * 10 + digit(18);
  return minuteMs + seconds * 1000 + digit(20) * 100 + digit(21) * 10 + digit(22);
}
